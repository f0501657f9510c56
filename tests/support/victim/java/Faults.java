import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs into what a JVM notices by a fault: null, and the end of a stack. */
public class Faults {
    private static final int WARMING = 200_000, TIMES = 5;

    private static int length(int[] numbers) {
        return numbers.length;
    }

    private static int below(int depth) {
        return depth == 0 ? 0 : 1 + below(depth + 1);
    }

    /** Lets so many threads run into null at the same moment; returns how many exceptions came of it. */
    public static int useNull(int count) throws InterruptedException {
        int[] some = new int[3];
        int sum = 0;
        for (int i = 0; i < WARMING; i++) {
            sum += length(some);
        }
        AtomicInteger caught = new AtomicInteger(sum == 3 * WARMING ? 0 : -1);
        CyclicBarrier start = new CyclicBarrier(count);
        Thread[] threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            threads[i] = new Thread(() -> {
                try {
                    start.await();
                } catch (Exception error) {
                    return;
                }
                for (int j = 0; j < TIMES; j++) {
                    try {
                        length(null);
                    } catch (NullPointerException error) {
                        caught.incrementAndGet();
                    }
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return caught.get();
    }

    /** Reaches the end of this thread's stack; returns the name of the error. */
    public static String overflow() {
        try {
            return String.valueOf(below(1));
        } catch (StackOverflowError error) {
            return error.getClass().getSimpleName();
        }
    }
}

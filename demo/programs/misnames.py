"""A method under the name that other languages give it."""


class Basket:
    def __init__(self):
        self.items = []

    def add(self, name):
        self.items.push(name)


basket = Basket()
basket.add("tea")

"""An error in an expression that spans lines, on the way to a call."""


def mean_price(items):
    return (
        sum(item["price"] * item["count"] for item in items)
        / len([item for item in items if item["count"] > 1])
    )


def main():
    items = [{"sku": "tea", "price": 4.5, "count": 1}, {"sku": "cup", "price": 12.0, "count": 1}]
    print(
        "mean price of what is bought often:",
        mean_price(items),
    )


main()

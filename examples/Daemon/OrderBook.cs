// Owns: one request's view of the orders. A real one would hold a database connection until the request has been answered.

namespace Daemon;

internal sealed class OrderBook : IAsyncDisposable
{
    private readonly Shop _shop;

    public OrderBook(Shop shop)
    {
        _shop = shop;
        _shop.Books.Add(1);
        _shop.OpenBooks.Add(1);
    }

    /// <summary>The orders of a page of ten; the first page is 1.</summary>
    public Order[] Page(int page) => [.. _shop.Orders.Skip((Math.Max(page, 1) - 1) * 10).Take(10)];

    public Order? Find(long id) => Array.Find(_shop.Orders, order => order.Id == id);

    public Order Place(NewOrder order) => _shop.Add(order);

    public ValueTask DisposeAsync()
    {
        _shop.OpenBooks.Add(-1);
        return ValueTask.CompletedTask;
    }
}

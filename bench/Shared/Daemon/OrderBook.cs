// Owns: one request's view of the orders: a scoped service, as one that holds a database connection is.

namespace TinyHost.Bench.Shared;

internal sealed class OrderBook(Shop shop) : IDisposable
{
    private const int PageSize = 10;

    private bool _isDisposed;

    /// <summary>The orders of a page of ten; the first page is 1.</summary>
    public PlacedOrder[] Page(int page) => Orders.Slice((page - 1) * PageSize, PageSize).ToArray();

    /// <summary>Null if there is no such order.</summary>
    public PlacedOrder? Find(long id) => id > 0 && id <= Orders.Length ? Orders[(int)id - 1] : null;

    public PlacedOrder Place(Order order) => new(Orders.Length + 1, order.Customer, order.Quantity, order.Price);

    public void Dispose() => _isDisposed = true;

    private ReadOnlySpan<PlacedOrder> Orders
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return shop.Orders;
        }
    }
}

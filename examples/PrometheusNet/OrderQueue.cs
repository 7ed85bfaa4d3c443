// Owns: accepting orders over HTTP, and keeping them until the worker takes them.

using System.Globalization;
using System.Threading.Channels;
using TinyHost;

namespace PrometheusNet;

/// <summary>An order for a number of items.</summary>
internal sealed record Order(string Currency, int Items);

internal sealed class OrderQueue
{
    // Label values come from this list, never from a request: each value is a series for as long as the process lives.
    private static readonly string[] s_currencies = ["CHF", "EUR", "USD"];

    private readonly Channel<Order> _orders = Channel.CreateBounded<Order>(10_000);

    public OrderQueue() => ShopMetrics.ReportQueueLength(() => _orders.Reader.Count);

    /// <summary>The orders, as they arrive.</summary>
    public IAsyncEnumerable<Order> ReadAllAsync(CancellationToken cancellationToken) => _orders.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Answers <c>POST /orders/{currency}/{items}</c>.</summary>
    public Task AddAsync(RequestContext context)
    {
        var currency = context.Request.RouteValues["currency"];
        if (!s_currencies.Contains(currency)
            || !int.TryParse(context.Request.RouteValues["items"], NumberStyles.None, CultureInfo.InvariantCulture, out var items))
        {
            return context.Response.AnswerAsync(
                400, $"An order is a currency ({string.Join(", ", s_currencies)}) and a number of items.\n");
        }

        return _orders.Writer.TryWrite(new Order(currency!, items))
            ? context.Response.AnswerAsync(202, "Accepted.\n")
            : context.Response.AnswerAsync(503, "Too many orders are waiting.\n");
    }
}

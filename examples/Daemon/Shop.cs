// Owns: the orders and sessions of the shop, in memory.

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Daemon;

internal sealed class Shop
{
    private static readonly Meter s_meter = new("Shop");

    private readonly List<Order> _orders = [];
    private readonly ConcurrentDictionary<string, string> _sessions = new();
    private TaskCompletionSource _nextOrder = NewSource();

    /// <summary>The order books in use.</summary>
    public UpDownCounter<int> OpenBooks { get; } = s_meter.CreateUpDownCounter<int>("shop.books.open", "{book}", "Order books in use.");

    /// <summary>All order books that were ever in use.</summary>
    public Counter<int> Books { get; } = s_meter.CreateCounter<int>("shop.books", "{book}", "Order books opened.");

    public Order[] Orders
    {
        get
        {
            lock (_orders)
            {
                return [.. _orders];
            }
        }
    }

    public Order Add(NewOrder order)
    {
        lock (_orders)
        {
            var added = new Order(_orders.Count + 1, order.Item, order.Quantity);
            _orders.Add(added);
            _nextOrder.SetResult();
            _nextOrder = NewSource();
            return added;
        }
    }

    /// <summary>The orders after the one with this number, or all if it is not a number, and those to come.</summary>
    public async IAsyncEnumerable<Order> FollowAsync(string? number, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = long.TryParse(number, CultureInfo.InvariantCulture, out var value) ? value : 0;
        while (true)
        {
            Task nextOrder;
            Order[] orders;
            lock (_orders)
            {
                nextOrder = _nextOrder.Task;
                orders = [.. _orders.Where(order => order.Id > last)];
            }

            foreach (var order in orders)
            {
                yield return order;
                last = order.Id;
            }

            await nextOrder.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Begins a session and returns its secret name.</summary>
    public string SignIn(string user)
    {
        var session = RandomNumberGenerator.GetHexString(32);
        _sessions[session] = user;
        return session;
    }

    /// <summary>The user of a session; null if there is no such session.</summary>
    public string? UserOf(string? session) => session is null ? null : _sessions.GetValueOrDefault(session);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

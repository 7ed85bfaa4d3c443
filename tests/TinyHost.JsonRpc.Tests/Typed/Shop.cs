// Owns: an implementation of the shop, with other names of its own.

using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc.Tests.Typed;

internal sealed class Shop(Func<RequestContext>? context = null) : IShop
{
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsCleared { get; private set; }

    public Task<long> AddAsync(long first, long second, CancellationToken cancellation) => Task.FromResult(first + second);

    public async ValueTask<Order?> FindAsync(string text, ParcelSize? size)
    {
        await Task.Yield();
        return text == "nothing" ? null : new Order((int?)size ?? -1, text);
    }

    public Task<IReadOnlyList<Order>> ListAsync(Order[] orders, int[] ids) =>
        Task.FromResult<IReadOnlyList<Order>>([.. orders, .. ids.Select(id => new Order(id, "new"))]);

    public Task<string?> TraceAsync() => Task.FromResult(context?.Invoke().Request.Fields["traceparent"]);

    public ValueTask ClearAsync()
    {
        IsCleared = true;
        return default;
    }

    public Task<JsonElement> FailAsync(int code) =>
        throw new JsonRpcException(code, "No luck", new JsonObject { ["code"] = code });

    public async Task WaitAsync(CancellationToken ct)
    {
        Waiting.SetResult();
        await Task.Delay(Timeout.Infinite, ct);
    }
}

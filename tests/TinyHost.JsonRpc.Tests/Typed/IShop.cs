// Owns: what a server and its clients agree on.

using System.Text.Json;

namespace TinyHost.JsonRpc.Tests.Typed;

[JsonRpcClient]
internal interface IShop
{
    Task<long> AddAsync(long a, long b = 10, CancellationToken ct = default);

    ValueTask<Order?> FindAsync(string name, ParcelSize? size = null);

    Task<IReadOnlyList<Order>> ListAsync(Order[] orders, params int[] ids);

    [JsonRpcName("get_trace")]
    Task<string?> TraceAsync();

    ValueTask ClearAsync();

    Task<JsonElement> FailAsync([JsonRpcName("error_code")] int code);

    Task WaitAsync(CancellationToken ct);
}

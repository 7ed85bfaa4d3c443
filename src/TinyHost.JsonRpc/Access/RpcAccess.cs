// Owns: who may call which method.

namespace TinyHost.JsonRpc;

/// <summary>The method lists of users, and the program's own check.</summary>
internal sealed class RpcAccess
{
    private readonly Dictionary<string, RpcMethodList> _lists;
    private readonly RpcMethodList? _others;
    private readonly Func<JsonRpcCall, string, ValueTask<bool>>? _authorize;

    private RpcAccess(JsonRpcOptions options)
    {
        _authorize = options.Authorize;
        _lists = options.Users.ToDictionary(user => user.Key, user => new RpcMethodList(user.Value), StringComparer.Ordinal);
        _others = _lists.GetValueOrDefault(JsonRpcOptions.OtherUsers);
    }

    /// <summary>Null if everyone may call every method.</summary>
    public static RpcAccess? Of(JsonRpcOptions options) =>
        options.Users.Count > 0 || options.Authorize is not null ? new RpcAccess(options) : null;

    /// <summary>Whether a call is allowed: by its user's list first, then by the program.</summary>
    public ValueTask<bool> AllowsAsync(JsonRpcCall call) =>
        !Lists(call.User, call.Method) ? new(false)
        : _authorize is not null ? _authorize(call, call.Method)
        : new(true);

    /// <summary>Whether the list of a user has a method. Without any lists, every user has every method.</summary>
    public bool Lists(string? user, string method) =>
        _lists.Count == 0 || (user is not null && _lists.TryGetValue(user, out var list) ? list : _others)?.Has(method) == true;
}

// Owns: what a client and a batch have in common: calls are begun on them.

using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>
/// Calls methods of a server: a <see cref="JsonRpcClient"/> sends each call at once, a <see cref="JsonRpcBatch"/> sends all together. Every
/// call may throw <see cref="JsonRpcException"/>, the error that the server answered; <see cref="HttpRequestException"/> without an answer
/// or with an HTTP error; <see cref="TimeoutException"/> after <see cref="JsonRpcClient.Timeout"/>;
/// <see cref="OperationCanceledException"/>; and <see cref="InvalidDataException"/> for a reply that is not one of JSON-RPC 2.0, or a
/// result of another type.
/// </summary>
public abstract class JsonRpcCaller
{
    private protected JsonRpcCaller()
    {
    }

    /// <summary>Begins a call whose params are written next. Called by generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public JsonRpcRequest Begin(string method, bool byPosition = false) => new(this, method, NextId(), byPosition);

    /// <summary>
    /// Calls a method by its name. <paramref name="parameters"/> is a <see cref="JsonArray"/> or a <see cref="JsonObject"/>; null for a
    /// request without params.
    /// </summary>
    public async Task<JsonElement> CallAsync(string method, JsonNode? parameters = null, CancellationToken cancellationToken = default)
    {
        var request = new JsonRpcRequest(this, method, NextId(), byPosition: false);
        request.WriteParams(parameters);
        return await request.SendAsync<JsonElement, ElementValue>(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a notification: the server runs the method and answers nothing, not even an error (JSON-RPC 2.0 §4.1).
    /// <paramref name="parameters"/> as for <see cref="CallAsync"/>.
    /// </summary>
    public Task NotifyAsync(string method, JsonNode? parameters = null, CancellationToken cancellationToken = default)
    {
        var request = new JsonRpcRequest(this, method, id: null, byPosition: false);
        request.WriteParams(parameters);
        return SendAsync(request, cancellationToken);
    }

    /// <summary>A number that no other call of the client has.</summary>
    internal abstract long NextId();

    /// <summary>Sends a complete request, and returns its result as JSON; nothing for a notification.</summary>
    internal abstract Task<ReadOnlyMemory<byte>> SendAsync(JsonRpcRequest request, CancellationToken cancellationToken);
}

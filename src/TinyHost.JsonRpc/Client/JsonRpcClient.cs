// Owns: a client of a JSON-RPC 2.0 server over HTTP: one request for each call.

using System.Net.Http.Headers;

namespace TinyHost.JsonRpc;

/// <summary>
/// Calls the methods of a JSON-RPC 2.0 server by POST. <c>new ShopClient(new JsonRpcClient(http, "/rpc"))</c> calls by an interface, see
/// <see cref="JsonRpcClientAttribute"/>. Each call has a span of the source <c>TinyHost.JsonRpc.Client</c>; <see cref="HttpClient"/> sends
/// its id to the server (<c>traceparent</c>). Safe for use by many threads.
/// </summary>
public sealed class JsonRpcClient : JsonRpcCaller
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private long _lastId;

    /// <summary>
    /// A client that posts to <paramref name="address"/>, relative to the base address of <paramref name="http"/>; by default the base
    /// address itself. The client does not dispose of <paramref name="http"/>, whose handlers add credentials, and whose limits on time
    /// and on the length of replies hold.
    /// </summary>
    public JsonRpcClient(HttpClient http, string address = "")
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(address);
        _http = http;
        _address = new Uri(address, UriKind.RelativeOrAbsolute);
    }

    /// <summary>
    /// How long a call, or a batch, may take; afterwards it throws <see cref="TimeoutException"/>. Infinite by default, so that only
    /// <see cref="HttpClient.Timeout"/> holds.
    /// </summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>The clock of <see cref="Timeout"/>; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>A batch: calls begun on it are sent together by <see cref="JsonRpcBatch.SendAsync(CancellationToken)"/>.</summary>
    public JsonRpcBatch CreateBatch() => new(this);

    /// <summary>
    /// Posts a message, and returns the content of the answer; empty if there is none. <paramref name="what"/> names the message in errors.
    /// </summary>
    internal async Task<ReadOnlyMemory<byte>> PostAsync(ReadOnlyMemory<byte> message, string what, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Timeout, TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var content = new ReadOnlyMemoryContent(message);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.PostAsync(_address, content, both.Token).ConfigureAwait(false);
            var reply = await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false);

            // Some servers answer an error of JSON-RPC with a status of HTTP.
            return response.IsSuccessStatusCode || RpcReplyReader.IsError(reply)
                ? reply
                : throw new HttpRequestException(
                    $"The server answered {what} with status {(int)response.StatusCode}.", inner: null, response.StatusCode);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server has not answered {what} within {Timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <inheritdoc/>
    internal override long NextId() => Interlocked.Increment(ref _lastId);

    /// <inheritdoc/>
    internal override async Task<ReadOnlyMemory<byte>> SendAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        using var span = RpcClientSpan.Start(request.Method);
        try
        {
            var what = $"'{request.Method}'";
            var reply = await PostAsync(request.Complete(), what, cancellationToken).ConfigureAwait(false);
            if (request.Id is not { } id)
            {
                return default;
            }

            var read = RpcReplyReader.Read(reply, what);
            return read.Error is null && read.Id != id
                ? throw new InvalidDataException($"The server's reply to {what} has the id of another request.")
                : read.Result;
        }
        catch (Exception exception)
        {
            RpcClientSpan.Fail(span, exception);
            throw;
        }
    }
}

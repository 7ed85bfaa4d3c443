// Owns: one call: its params, and the buffer that holds its result until the call has succeeded.

using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// A call in progress. It belongs to its method until the method's task ends, and is reused for later calls: do not keep it. A method whose
/// deadline has passed keeps it to itself: what it still writes reaches nobody.
/// </summary>
public sealed class JsonRpcCall
{
    private const int MaxKept = 65_536;

    private readonly ResultBuffer _output = new();
    private RpcMethod? _method;
    private RpcMessage _message;
    private CancellationTokenSource? _ending;
    private volatile bool _isAbandoned;

    internal JsonRpcCall() => Result = new Utf8JsonWriter(_output);

    /// <summary>The name of the method.</summary>
    public string Method => _method!.Name;

    /// <summary>The params as sent: valid JSON in UTF-8, an array or an object; empty if the request has no params.</summary>
    public ReadOnlyMemory<byte> Params { get; private set; }

    /// <summary>
    /// The writer for the method's result, one JSON value. Throws <see cref="InvalidOperationException"/> once the result is longer than
    /// <see cref="JsonRpcOptions.MaxReplySize"/>.
    /// </summary>
    public Utf8JsonWriter Result { get; }

    /// <summary>
    /// Cancelled when the client has disconnected, when a stopping server gives up waiting, and when the call's deadline has passed
    /// (<see cref="JsonRpcOptions.CallTimeout"/>).
    /// </summary>
    public CancellationToken Aborted => _message.HasDeadline ? EnsureEnding().Token : _message.Aborted;

    /// <summary>
    /// The WebSocket that brought the call, for notifications to its peer; null for a call that came with a POST request.
    /// </summary>
    public JsonRpcConnection? Connection => _message.Exchange?.Connection;

    /// <summary>
    /// The services of the call's scope, which is that of its HTTP request, or of its message on a WebSocket. Throws
    /// <see cref="InvalidOperationException"/> once the call has been answered, and for a call that no HTTP request has brought.
    /// </summary>
    public IServiceProvider Services => _message.Exchange?.Services ?? Context.Services;

    /// <summary>
    /// The HTTP request that brought the call, or opened its WebSocket: its user and its fields. Throws
    /// <see cref="InvalidOperationException"/> for a call that no HTTP request has brought.
    /// </summary>
    public RequestContext Context =>
        _message.Context ?? throw new InvalidOperationException("The call was not brought by an HTTP request, so it has no context.");

    /// <summary>The name of the caller; null for none.</summary>
    internal string? User => _message.Context?.User.Identity?.Name;

    /// <summary>What the method threw, if it was not an error of JSON-RPC.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>The result, once the call has succeeded.</summary>
    internal ReadOnlySpan<byte> Output => _output.Written;

    /// <summary>True once the call has been answered without its method, which still runs. The object must not be used again.</summary>
    internal bool IsAbandoned => _isAbandoned;

    internal void Begin(RpcMethod method, ReadOnlyMemory<byte> parameters, in RpcMessage message, int mostOutput)
    {
        _method = method;
        _message = message;
        Params = parameters;
        _output.Limit = mostOutput;
        _output.Clear();
        Result.Reset();
        Failure = null;
    }

    /// <summary>
    /// Completes a successful call. Throws <see cref="InvalidOperationException"/> if its result is not one complete value, and
    /// <see cref="ResultTooLargeException"/>.
    /// </summary>
    internal void Succeed()
    {
        if (_output.IsOverLimit)
        {
            throw new ResultTooLargeException(_output.Limit);
        }

        if (Result.CurrentDepth != 0)
        {
            throw new InvalidOperationException("The method left its result incomplete: an array or object is still open.");
        }

        if (Result.BytesPending == 0 && _output.WrittenCount == 0)
        {
            Result.WriteNullValue();
        }

        Result.Flush();
    }

    /// <summary>The deadline has passed: tells the method, which still runs.</summary>
    internal void Abandon()
    {
        _isAbandoned = true;
        EnsureEnding().Cancel();
    }

    /// <summary>Releases the message. False if the object must not be used again, or its buffers have grown too large to keep.</summary>
    internal bool Clear()
    {
        if (_isAbandoned)
        {
            return false;
        }

        _ending?.Dispose();
        _ending = null;
        _method = null;
        _message = default;
        Params = default;
        Failure = null;
        return _output.Capacity <= MaxKept;
    }

    // The method and the deadline may come here together.
    private CancellationTokenSource EnsureEnding()
    {
        if (Volatile.Read(ref _ending) is { } ending)
        {
            return ending;
        }

        var made = CancellationTokenSource.CreateLinkedTokenSource(_message.Aborted);
        if (Interlocked.CompareExchange(ref _ending, made, null) is not { } other)
        {
            return made;
        }

        made.Dispose();
        return other;
    }
}

// Owns: a handler's way to answer: status, fields and content, and when each may be set. RFC 9110 §6.

using System.Buffers;
using System.ComponentModel;
using System.Text;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content is held until <see cref="FlushAsync"/>, a full buffer (<see cref="WriteAsync"/>), or the handler's
/// end. If the handler ends before any content is sent, it is sent with its Content-Length; otherwise it is chunked unless
/// <see cref="ContentLength"/> was set. Handle HEAD like GET: the content is counted and dropped. Status and fields change until the
/// response has started. A change that comes too late, and any change or write while a write is pending or once the handler has ended,
/// throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    private const string ContentTypeName = "Content-Type";
    private const string PlainText = "text/plain; charset=utf-8";
    private const int LongestHeldText = 65_536;

    private readonly Http1Connection _http1;
    private readonly ConnectionState _state;
    private readonly ResponseWriter _writer;
    private readonly int _generation;
    private ResponseFields? _trailers;
    private ResponseStream? _stream;

    internal Response(Http1Connection http1, RequestContext context)
    {
        _http1 = http1;
        Context = context;
        _state = http1.State;
        _writer = http1.Writer;
        _generation = _state.Generation;
        Fields = new ResponseFields(_state, _generation, _writer.Fields, isTrailer: false);
    }

    /// <summary>The status code, 200–599; 200 by default. Cannot be set once the response has started.</summary>
    public int StatusCode
    {
        get => Current.StatusCode;
        set
        {
            using var right = BeforeStart();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _writer.StatusCode = value;
        }
    }

    /// <summary>The fields of the header section. Cannot be changed once the response has started.</summary>
    public ResponseFields Fields { get; }

    /// <summary>
    /// The fields of the trailer section (RFC 9110 §6.5), sent if the content is chunked and dropped otherwise: call
    /// <see cref="FlushAsync"/> first, so that the content is chunked.
    /// </summary>
    public ResponseFields Trailers => _trailers ??= _http1.Allocations.Make(
        this, static response => new ResponseFields(response._state, response._generation, response._writer.Trailers, isTrailer: true));

    /// <summary>The Content-Type field; null if it is not set.</summary>
    public string? ContentType
    {
        get => Fields[ContentTypeName];
        set => Fields[ContentTypeName] = value;
    }

    /// <summary>
    /// The length of the content in bytes, if it is known before the content is written; null by default. Writing more throws
    /// <see cref="InvalidOperationException"/>; ending with less closes the connection, so that the peer sees an error.
    /// </summary>
    public long? ContentLength
    {
        get => Current.ContentLength;
        set
        {
            using var right = BeforeStart();
            ArgumentOutOfRangeException.ThrowIfNegative(value.GetValueOrDefault(), nameof(value));
            _writer.ContentLength = value;
        }
    }

    /// <summary>True once the head has been sent, so that status and fields cannot change.</summary>
    public bool HasStarted
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _state.HasResponseStarted;
        }
    }

    /// <summary>The number of bytes of content written so far.</summary>
    public long BytesWritten => Current.BytesWritten;

    internal RequestContext Context { get; }

    // A stale reference cannot read a later response.
    private ResponseWriter Current
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _writer;
        }
    }

    /// <summary>Closes the connection after this response (RFC 9112 §9.6). Only before the response has started.</summary>
    public void CloseConnection()
    {
        using var right = BeforeStart();
        _state.EndPersistence();
    }

    /// <summary>
    /// Calls <paramref name="callback"/> right before the head is written, whoever writes the response: the handler, a stage, or the server
    /// after a failure. It may set status and fields, and write content that is held; it cannot send. The last callback added is called
    /// first. If one throws, the request fails as if the handler had thrown. They are called again, without one that threw, for an error
    /// that replaces the response. Only before the response has started.
    /// </summary>
    public void OnStarting(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        OnStarting(static callback => ((Action)callback!)(), callback);
    }

    /// <summary>Does not compile: the head waits for no task, and an exception of an <c>async void</c> would end the process.</summary>
    [EditorBrowsable(EditorBrowsableState.Never), Obsolete("A callback of OnStarting cannot be async: await in the handler.", error: true)]
    public void OnStarting(Func<Task> callback) => throw new NotSupportedException();

    /// <summary>
    /// Calls <paramref name="callback"/> once the response has been handed to the operating system, or its connection is lost. The request
    /// can be read, and the status is the one that was sent; nothing can be written. The connection's next request waits for the
    /// callback's task. The last callback added is called first; what one throws is logged. Throws <see cref="InvalidOperationException"/>
    /// once the request has ended.
    /// </summary>
    public void OnCompleted(Func<Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Context.EnsureEnding().Add(callback);
    }

    /// <summary>With a state, a stage needs no new delegate for each request.</summary>
    internal void OnStarting(Action<object?> callback, object? state)
    {
        using var right = BeforeStart();
        (_writer.StartCallbacks ??= _http1.Allocations.Make(this, static _ => new StartCallbacks())).Add(callback, state);
    }

    /// <summary>Drops status, fields and content set so far. Only before the response has started.</summary>
    public void Reset()
    {
        using var right = BeforeStart();
        _writer.Clear();
    }

    /// <summary>
    /// Drops the content written so far and everything that describes it: <see cref="ContentLength"/>, the trailers, and the fields about
    /// content (<c>Content-*</c> but Content-Security-Policy, ETag, Last-Modified, Accept-Ranges, Repr-Digest, Digest, Trailer). Status and
    /// all other fields stay. Only before the response has started.
    /// </summary>
    public void ResetContent()
    {
        using var right = BeforeStart();
        Fields.RemoveAboutContent();
        _writer.ClearContent();
    }

    /// <summary>Writes content, which is held until <see cref="FlushAsync"/> or the handler's end.</summary>
    public void Write(ReadOnlySpan<byte> content)
    {
        using var right = _state.TakeWriteRight(_generation);
        _writer.Write(content);
    }

    /// <summary>Counts content that was written to <see cref="GetMemory"/> or <see cref="GetSpan"/>.</summary>
    public void Advance(int count)
    {
        using var right = _state.TakeWriteRight(_generation);
        _writer.Advance(count);
    }

    /// <summary>Returns memory to write content to, at least <paramref name="sizeHint"/> bytes.</summary>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        using var right = _state.TakeWriteRight(_generation);
        return _writer.Content.GetHeldMemory(sizeHint);
    }

    /// <summary>Returns memory to write content to, at least <paramref name="sizeHint"/> bytes.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        using var right = _state.TakeWriteRight(_generation);
        return _writer.Content.GetSpan(sizeHint);
    }

    /// <summary>
    /// Writes content, which is held until <see cref="FlushAsync"/>. Content beyond <see cref="ServerLimits.ResponseBufferSize"/> is sent,
    /// which waits for a slow peer. Throws <see cref="IOException"/> if the peer is gone. Checks the token only before.
    /// </summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        ResponseSender.WriteAsync(_http1, _generation, content, cancellationToken);

    /// <summary>Sends what is written so far. Throws <see cref="IOException"/> if the peer is gone. Checks the token only before.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) =>
        ResponseSender.FlushAsync(_http1, _generation, cancellationToken);

    /// <summary>Returns a stream that writes content. Its synchronous Flush does nothing; FlushAsync sends.</summary>
    public Stream AsStream() => _stream ??= _http1.Allocations.Make(this, static response => new ResponseStream(response));

    /// <summary>
    /// Writes text in UTF-8. Sets Content-Type to <c>text/plain; charset=utf-8</c> unless it is set. Text of more than 65,536 characters is
    /// sent while it is encoded, which waits for a slow peer.
    /// </summary>
    public Task WriteTextAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestHeldText)
        {
            SetDefaultContentType(PlainText);
            return ResponseSender.SendTextAsync(_http1, _generation, text);
        }

        WriteText(text, PlainText);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Answers with a status and a short text in UTF-8: sets <see cref="StatusCode"/>, drops earlier content as
    /// <see cref="ResetContent"/> does, and writes the text as <see cref="WriteTextAsync"/> does. Only before the response has started.
    /// </summary>
    public Task AnswerAsync(int statusCode, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StatusCode = statusCode;
        ResetContent();
        return WriteTextAsync(text);
    }

    /// <summary>
    /// Answers with an error as the error stage around the caller, or else one behind it, writes it (<see cref="ErrorHandling"/>); without
    /// any, as text: <c>503 Service Unavailable: back soon</c>. Throws <see cref="ArgumentOutOfRangeException"/> for a status outside
    /// 400–599. Drops earlier content. Only before the response has started.
    /// </summary>
    public Task AnswerErrorAsync(int statusCode, string? detail = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 400);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 599);
        var error = _http1.Allocations.Make((statusCode, detail), static error => new RequestError(error.statusCode, error.detail));
        return Context.ErrorAnswer is { } answer ? answer(Context, error) : AnswerAsync(statusCode, error.ToString() + "\n");
    }

    /// <summary>Saves the fields for <see cref="RestoreFields"/>. Allocates only if there are more than in earlier requests.</summary>
    internal SavedFields SaveFields() => Current.Fields.Count == 0 ? default
        : _http1.Allocations.Make(this, static response => response._writer.SaveFields());

    /// <summary>Replaces the fields by those saved. Only before the response has started.</summary>
    internal void RestoreFields(SavedFields saved)
    {
        using var right = BeforeStart();
        _writer.RestoreFields(saved);
    }

    /// <summary>Writes text in UTF-8, with this Content-Type, which must be valid, unless one is set.</summary>
    internal void WriteText(string text, string contentType)
    {
        using var right = _state.TakeWriteRight(_generation);
        AddDefaultContentType(contentType);
        _writer.Advance(Encoding.UTF8.GetBytes(text, _writer.Content.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    /// <summary>Sets Content-Type, which must be valid, unless it is set or the head has been sent.</summary>
    internal void SetDefaultContentType(string contentType)
    {
        using var right = _state.TakeWriteRight(_generation);
        AddDefaultContentType(contentType);
    }

    // The caller has the right to write.
    private void AddDefaultContentType(string contentType)
    {
        if (!_state.HasResponseStarted && !Fields.Contains(ContentTypeName))
        {
            _writer.Fields.Add(new(ContentTypeName, contentType));
        }
    }

    private ConnectionState.WriteRight BeforeStart()
    {
        var right = _state.TakeWriteRight(_generation);
        if (_state.HasResponseStarted)
        {
            right.Dispose();
            throw new InvalidOperationException("The response has started: its head can change no more.");
        }

        return right;
    }
}

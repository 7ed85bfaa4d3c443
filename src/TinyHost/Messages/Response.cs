// Owns: a handler's way to answer: status, fields and content, and when each may be set. RFC 9110 §6.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content written through <see cref="IBufferWriter{T}"/> is held until <see cref="FlushAsync"/> or the
/// handler's end. If the handler ends before any flush, the length is known and sent as Content-Length; otherwise the content is chunked
/// unless <see cref="ContentLength"/> was set. Handle HEAD like GET: the content is counted and dropped.
/// Setting or writing anything while a write is pending, or once the handler has ended, throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    private const string ContentTypeName = "Content-Type";
    private const string PlainText = "text/plain; charset=utf-8";

    // Longer text is sent in pieces, so that little of it is held for a peer that reads slowly.
    private const int LongestHeldText = 65_536;
    private const int TextPieceSize = 32_768;

    private readonly Exchange _exchange;
    private readonly ConnectionState _state;
    private readonly ResponseWriter _writer;
    private readonly int _generation;
    private ResponseFields? _trailers;
    private ResponseStream? _stream;

    internal Response(Exchange exchange)
    {
        _exchange = exchange;
        _state = exchange.State;
        _writer = exchange.Response;
        _generation = _state.Generation;
        Fields = new ResponseFields(_state, _generation, _writer.Fields, isTrailer: false);
    }

    /// <summary>
    /// The status code, 200–599; 200 by default. Setting it once the response has started throws <see cref="InvalidOperationException"/>.
    /// </summary>
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

    /// <summary>
    /// The fields of the header section. Changing them once the response has started throws <see cref="InvalidOperationException"/>.
    /// </summary>
    public ResponseFields Fields { get; }

    /// <summary>The fields of the trailer section (RFC 9110 §6.5), sent if the content is chunked and dropped otherwise.</summary>
    public ResponseFields Trailers => _trailers ??= _exchange.Make(
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

    // A later request's values are not shown to whoever still has this object.
    private ResponseWriter Current
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _writer;
        }
    }

    /// <summary>
    /// Closes the connection after this response (RFC 9112 §9.6). Throws <see cref="InvalidOperationException"/> once the response has
    /// started.
    /// </summary>
    public void CloseConnection()
    {
        using var right = BeforeStart();
        _state.EndPersistence();
    }

    /// <summary>
    /// Drops status, fields and content set so far. Throws <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public void Reset()
    {
        using var right = BeforeStart();
        _writer.Clear();
    }

    /// <summary>
    /// Drops the content written so far and everything that describes it: <see cref="ContentLength"/>, the trailers, and the fields about
    /// content (<c>Content-*</c> but Content-Security-Policy, ETag, Last-Modified, Accept-Ranges, Repr-Digest, Digest, Trailer). Status and
    /// all other fields stay. Throws <see cref="InvalidOperationException"/> once the response has started.
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
        using var right = _state.HoldWrite(_generation);
        _writer.Write(content);
    }

    /// <summary>Counts content that was written to <see cref="GetMemory"/> or <see cref="GetSpan"/>.</summary>
    public void Advance(int count)
    {
        using var right = _state.HoldWrite(_generation);
        _writer.Advance(count);
    }

    /// <summary>Returns memory to write content to, at least <paramref name="sizeHint"/> bytes.</summary>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        using var right = _state.HoldWrite(_generation);
        return _writer.GetMemory(sizeHint);
    }

    /// <summary>Returns memory to write content to, at least <paramref name="sizeHint"/> bytes.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        using var right = _state.HoldWrite(_generation);
        return _writer.GetSpan(sizeHint);
    }

    /// <summary>
    /// Writes content. If more than <see cref="ServerLimits.ResponseBufferSize"/> is held, sends it and waits for a slow peer.
    /// Throws <see cref="IOException"/> if the peer is gone.
    /// </summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _state.EnterWrite(_generation);
        bool isHeld;
        try
        {
            isHeld = _writer.TryHold(content);
        }
        catch
        {
            _state.ExitWrite();
            throw;
        }

        if (!isHeld)
        {
            return SendAsync(content);
        }

        _state.ExitWrite();
        return default;
    }

    /// <summary>Sends the head and the content written so far. Throws <see cref="IOException"/> if the peer is gone.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _state.EnterWrite(_generation);
        return SendAsync(ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Returns a stream that writes content.</summary>
    public Stream AsStream() => _stream ??= _exchange.Make(this, static response => new ResponseStream(response));

    /// <summary>
    /// Writes text in UTF-8. Sets Content-Type to <c>text/plain; charset=utf-8</c> unless it is set. Text of more than 65,536 characters is
    /// sent while it is encoded, which waits for a slow peer.
    /// </summary>
    public Task WriteTextAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestHeldText)
        {
            ContentType ??= PlainText;
            return SendInPiecesAsync(text);
        }

        WriteText(text, PlainText);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Answers with a status and a short text in UTF-8, in place of any content written before: sets StatusCode and Content-Type
    /// (<c>text/plain; charset=utf-8</c>), and drops the fields of earlier content as <see cref="ResetContent"/> does. All other
    /// fields stay. Throws <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public Task AnswerAsync(int statusCode, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StatusCode = statusCode;
        ResetContent();
        return WriteTextAsync(text);
    }

    /// <summary>Writes text in UTF-8, with this Content-Type, which must be valid, unless one is set.</summary>
    internal void WriteText(string text, string contentType)
    {
        using var right = _state.HoldWrite(_generation);
        if (!_state.HasResponseStarted && !Fields.Contains(ContentTypeName))
        {
            _writer.Fields.Add(new(ContentTypeName, contentType));
        }

        _writer.Advance(Encoding.UTF8.GetBytes(text, _writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    private async Task SendInPiecesAsync(string text)
    {
        for (var done = 0; done < text.Length;)
        {
            Utf8.FromUtf16(text.AsSpan(done), GetSpan(TextPieceSize), out var characters, out var bytes);
            Advance(bytes);
            done += characters;
            await FlushAsync().ConfigureAwait(false);
        }
    }

    // The caller has taken the right to write.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> content)
    {
        try
        {
            await _writer.SendAsync(content).ConfigureAwait(false);
        }
        finally
        {
            _state.ExitWrite();
        }
    }

    private ConnectionState.WriteRight BeforeStart()
    {
        var right = _state.HoldWrite(_generation);
        if (_state.HasResponseStarted)
        {
            right.Dispose();
            throw new InvalidOperationException("The response has started: its head can change no more.");
        }

        return right;
    }
}

// Owns: framing a response and putting its octets into the send buffer once it is complete, RFC 9112 §6, RFC 9110 §6.4.1.

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>Where a stage's copy of the response's fields is: <see cref="ResponseWriter.SaveFields"/>.</summary>
internal readonly record struct SavedFields(int Start, int Count);

/// <summary>
/// Writes one response after another. Content is held until the handler ends, so that its length can be declared;
/// <see cref="ResponseSender"/> sends it earlier. The caller has the right to write (<see cref="ConnectionState.EnterWrite"/>) or is the
/// connection.
/// </summary>
internal sealed class ResponseWriter(Http1Connection http1)
{
    // The field lines that most responses need at most.
    private const int KeptFields = 8;

    private readonly ConnectionState _state = http1.State;
    // Copies of Fields that stages of the current request have saved, one after another. Made when first needed.
    private List<KeyValuePair<string, string>>? _savedFields;
    private List<KeyValuePair<string, string>>? _trailers;
    // Kept, so that a response does not count as successful when its handler ignores the exception.
    private InvalidOperationException? _fault;
    private bool _isConnect;
    private bool _isHttp10;

    /// <summary>The field lines of the header section; they do not change once the response has started.</summary>
    internal List<KeyValuePair<string, string>> Fields { get; } = [];

    /// <summary>The field lines of the trailer section.</summary>
    internal List<KeyValuePair<string, string>> Trailers => _trailers ??= [];

    internal int StatusCode { get; set; } = 200;

    internal long? ContentLength { get; set; }

    /// <summary>The size of the content so far.</summary>
    internal long BytesWritten { get; private set; }

    /// <summary>The content that is written and not yet in the send buffer.</summary>
    internal PooledBuffer Content => http1.Buffers.Content;

    /// <summary>The size of <see cref="Content"/>. Callable without the right to write.</summary>
    internal int HeldCount => http1.PresentBuffers?.Content.Count ?? 0;

    internal ResponseFraming Framing { get; private set; }

    /// <summary>What to call before the head of this response is written; null if no request of this writer had any.</summary>
    internal StartCallbacks? StartCallbacks { get; set; }

    /// <summary>Whether this is a response to HEAD: its content is counted and dropped.</summary>
    internal bool IsHeadMethod { get; private set; }

    private PooledBuffer Output => http1.Buffers.Output;

    /// <summary>
    /// RFC 9110 §6.4.1, §15.3.6, §9.3.6: responses with these status codes have no content, whatever their fields say. A 2xx to CONNECT
    /// would be followed by a tunnel.
    /// </summary>
    private bool HasContent => StatusCode is not (101 or 204 or 205 or 304) && !(_isConnect && StatusCode < 300);

    internal void Begin(bool isHeadMethod, bool isConnect, bool isHttp10)
    {
        Clear();
        _savedFields?.Clear();
        StartCallbacks?.Clear();
        IsHeadMethod = isHeadMethod;
        _isConnect = isConnect;
        _isHttp10 = isHttp10;
    }

    /// <summary>Forgets everything set and written.</summary>
    internal void Clear()
    {
        Fields.Clear();
        StatusCode = 200;
        ClearContent();
    }

    /// <summary>Forgets the content, its length and the trailers.</summary>
    internal void ClearContent()
    {
        _trailers?.Clear();
        ContentLength = null;
        Content.Clear();
        _fault = null;
        BytesWritten = 0;
    }

    /// <summary>Forgets the texts of the last response.</summary>
    internal void Release()
    {
        Fields.Clear();
        _trailers?.Clear();
        _savedFields?.Clear();
        if (Fields.Capacity > KeptFields)
        {
            Fields.Capacity = 0;
            _savedFields = null;
        }
    }

    internal SavedFields SaveFields()
    {
        var saved = _savedFields ??= [];
        var start = saved.Count;
        saved.AddRange(Fields);
        return new SavedFields(start, saved.Count - start);
    }

    internal void RestoreFields(SavedFields saved)
    {
        Fields.Clear();
        Fields.AddRange(CollectionsMarshal.AsSpan(_savedFields).Slice(saved.Start, saved.Count));
    }

    internal void Advance(int count)
    {
        ThrowIfTooMuch(BytesWritten + count);
        Content.Advance(count);
        BytesWritten += count;
    }

    /// <summary>Holds content, whatever its size.</summary>
    internal void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfTooMuch(BytesWritten + content.Length);
        Content.Write(content);
        BytesWritten += content.Length;
    }

    /// <summary>Counts content that <see cref="ResponseSender"/> holds or sends.</summary>
    internal void Count(int count)
    {
        ThrowIfTooMuch(BytesWritten + count);
        BytesWritten += count;
    }

    /// <summary>
    /// The handler has ended: puts the rest of the response into the send buffer. Throws <see cref="InvalidOperationException"/> if the
    /// handler wrote other content than it declared; such a response must not look complete.
    /// </summary>
    internal void Complete()
    {
        if (_fault is not null)
        {
            throw _fault;
        }

        if (!IsHeadMethod && HasContent && ContentLength is { } declared && BytesWritten != declared)
        {
            throw new InvalidOperationException($"The handler declared {declared} bytes of content and wrote {BytesWritten}.");
        }

        if (_state.Writing == Writing.Nothing)
        {
            // RFC 9110 §8.6: a response to HEAD declares the length that GET would have. If the handler wrote nothing, that length is
            // unknown.
            var isUnknown = IsHeadMethod && BytesWritten == 0 && ContentLength is null;
            ContentLength ??= isUnknown ? null : BytesWritten;
            Start(isUnknown);
        }

        PutContent();
        if (Framing == ResponseFraming.Chunked && !IsHeadMethod)
        {
            ChunkedEncoder.End(Output, CollectionsMarshal.AsSpan(_trailers));
        }

        _state.EndResponse();
    }

    /// <summary>Puts the head into the send buffer.</summary>
    internal void Start(bool isUnknown)
    {
        ThrowIfTooMuch(BytesWritten, isStarting: true);
        if (!HasContent)
        {
            // RFC 9110 §15.3.6: a 205 declares that it has none. The others declare nothing (§8.6).
            ContentLength = StatusCode == 205 ? 0 : null;
        }

        Framing = ContentLength is not null ? ResponseFraming.ContentLength
            : !HasContent || isUnknown ? ResponseFraming.NoContent
            : _isHttp10 ? ResponseFraming.UntilClose
            : ResponseFraming.Chunked;
        // RFC 9112 §6.3 rule 8: an HTTP/1.0 peer learns the end from the close.
        if (Framing == ResponseFraming.UntilClose || !http1.CanDrain)
        {
            _state.EndPersistence();
        }

        _state.StartResponse();
        var head = new ResponseHead
        {
            StatusCode = StatusCode,
            DateLine = http1.Date.Line,
            Fields = CollectionsMarshal.AsSpan(Fields),
            Framing = Framing,
            ContentLength = ContentLength.GetValueOrDefault(),
            IsPersistent = _state.IsPersistent,
            IsHttp10 = _isHttp10,
        };
        Output.Advance(head.Write(Output.GetSpan(head.MaxSize)));
    }

    /// <summary>Puts the content held into the send buffer.</summary>
    internal void PutContent()
    {
        if (Content.Count == 0)
        {
            return;
        }

        if (!IsHeadMethod)
        {
            BeginContent(Content.Count);
            Output.Write(Content.Written);
            EndContent();
        }

        Content.Clear();
    }

    /// <summary>Content of this size follows in the send buffer, then <see cref="EndContent"/>.</summary>
    internal void BeginContent(long size)
    {
        _state.WriteContent();
        if (Framing == ResponseFraming.Chunked)
        {
            ChunkedEncoder.BeginChunk(Output, size);
        }
    }

    internal void EndContent()
    {
        if (Framing == ResponseFraming.Chunked)
        {
            ChunkedEncoder.EndChunk(Output);
        }
    }

    private void ThrowIfTooMuch(long written, bool isStarting = false)
    {
        if ((isStarting || _state.HasResponseStarted) && written > 0 && !HasContent)
        {
            throw _fault = new InvalidOperationException(
                $"A response with status {StatusCode} has no content (RFC 9110 §6.4.1), but {written} bytes were written.");
        }

        if (written > ContentLength)
        {
            throw _fault = new InvalidOperationException($"The handler declared {ContentLength} bytes of content and writes more.");
        }
    }
}

// Owns: a handler's way to read the content: in pieces, at once, as a stream; and its trailers. Each read takes the right to read for itself.
// Does not own: taking it off the connection (ContentReader).

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// The content of a request (RFC 9110 §6.4), read with back-pressure: nothing comes from the peer before it is asked for. Reading throws
/// <see cref="RequestRejectedException"/> for content that is malformed, too large or too slow, <see cref="IOException"/> when the
/// peer is gone, and <see cref="InvalidOperationException"/> while another read is pending and once the handler has ended.
/// </summary>
public sealed class RequestBody : IFieldSection
{
    private readonly ConnectionState _state;
    private readonly Transport _transport;
    private readonly Wire _wire;
    private readonly ContentReader _reader;
    private readonly int _generation;
    private readonly StringCache _strings;
    private FieldLines? _trailers;
    private BodyStream? _stream;

    internal RequestBody(Wire wire, RequestBody? last)
    {
        _trailers = last?._trailers is null ? null : new FieldLines(this, wire.Strings);
        _stream = last?._stream is null ? null : new BodyStream(this);
        _state = wire.State;
        _transport = wire.Transport;
        _reader = wire.Content;
        _wire = wire;
        _generation = wire.State.Generation;
        _strings = wire.Strings;
    }

    /// <summary>The content's length where the head declares it: 0 when there is no content, null when it is chunked.</summary>
    public long? Length
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _reader.Framing.Body == BodyKind.Chunked ? null : _reader.Framing.ContentLength;
        }
    }

    /// <summary>The trailer fields (RFC 9110 §6.5) that may be merged; filled once the content was read to its end.</summary>
    public FieldLines Trailers => _trailers ??= new FieldLines(this, _strings);

    ReadOnlySpan<FieldLine> IFieldSection.Lines =>
        _generation == _state.Generation && _state.Reading == Reading.Drained && _reader.Framing.Body == BodyKind.Chunked ? _reader.Chunks.Trailers : [];

    ReadOnlySpan<byte> IFieldSection.Octets => _reader.Chunks.TrailerOctets;

    /// <summary>
    /// Reads some content: at least one octet unless the destination is empty; 0 at the end. A read that is cancelled loses nothing: the next
    /// one goes on where it was.
    /// </summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (destination.IsEmpty)
        {
            return default;
        }

        _state.EnterRead(_generation);
        bool isTaken;
        int count;
        try
        {
            isTaken = _reader.TryTake(destination.Span, out count);
        }
        catch
        {
            _state.ExitRead();
            throw;
        }

        if (!isTaken)
        {
            return ReceiveAsync(destination, cancellationToken);
        }

        _state.ExitRead();
        return new ValueTask<int>(count);
    }

    /// <summary>
    /// Reads all the content that is left and returns it in memory that is the request's, valid until its handler ends. Returns the same again
    /// when it is asked again. Throws <see cref="RequestRejectedException"/> (413) when it is longer than <paramref name="maxLength"/> octets, default 1 MiB.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int maxLength = 1_048_576, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadOnlyMemory<byte>>(cancellationToken);
        }

        _state.EnterRead(_generation);
        bool isTaken;
        ReadOnlyMemory<byte> content;
        try
        {
            isTaken = _wire.WholeContent.TryTake(maxLength, out content);
        }
        catch
        {
            _state.ExitRead();
            throw;
        }

        if (!isTaken)
        {
            return GatherAsync(maxLength, cancellationToken);
        }

        _state.ExitRead();
        return new ValueTask<ReadOnlyMemory<byte>>(content);
    }

    /// <summary>The content as a stream to read once. Closing the stream leaves the request as it is.</summary>
    public Stream AsStream() => _stream ??= new BodyStream(this);

    internal bool IsAtEnd => _reader.IsAtEnd;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = _transport.WakeOn(cancellationToken);
            return await _reader.ReceiveAsync(destination, isHandlers: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _state.ExitRead();
        }
    }

    // One right for all of it: what a handler leaves behind is never between two reads.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> GatherAsync(int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = _transport.WakeOn(cancellationToken);
            return await _wire.WholeContent.GatherAsync(maxLength, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _state.ExitRead();
        }
    }
}

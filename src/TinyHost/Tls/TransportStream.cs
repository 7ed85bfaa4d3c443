// Owns: a transport as the stream that SslStream reads and writes.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A read of no bytes waits without a buffer, and then takes the first bytes itself: SslStream would rent a large buffer for a wait that
/// has ended although nothing has arrived. After <see cref="Wake"/> a read throws <see cref="WokenException"/> and may be
/// repeated: SslStream keeps what it has.
/// </summary>
internal sealed class TransportStream : Stream
{
    // Most requests fit.
    private const int FirstSize = 1_024;

    private readonly Transport _transport;
    // The opening of the connection during the handshake, which a wake-up must not end.
    private ConnectionOpening? _opening;
    // Bytes received and not read yet, and the pooled array that they are in; null for one that is not pooled.
    private ReadOnlyMemory<byte> _ahead;
    private byte[]? _rented;
    // Until a read has ended for it. The transport forgets a wake-up once bytes have arrived, which may be too few for a record.
    private volatile bool _isWoken;

    /// <param name="opening">The connection, still to be opened. What it has received is read first.</param>
    internal TransportStream(ConnectionOpening opening)
    {
        _transport = opening.Transport;
        _opening = opening;
        _ahead = opening.TakeReceived();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>See <see cref="Transport.Wake"/>. Callable from any thread.</summary>
    internal void Wake()
    {
        _isWoken = true;
        _transport.Wake();
    }

    /// <summary>From now on a wake-up ends a read.</summary>
    internal void EndOpening() => _opening = null;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_ahead.IsEmpty)
        {
            return new ValueTask<int>(TakeAhead(buffer));
        }

        if (_opening is { } opening)
        {
            return buffer.IsEmpty ? opening.WaitAsync() : opening.ReceiveAsync(buffer);
        }

        if (buffer.IsEmpty)
        {
            return WaitAsync();
        }

        var receive = _isWoken ? _transport.ReceiveArrivedAsync(buffer) : _transport.ReceiveAsync(buffer);
        return receive.IsCompletedSuccessfully ? Result(receive.Result) : AwaitAsync(receive);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(buffer);

    /// <summary>
    /// SslStream writes synchronously only the alert that ends a handshake. An alert that the system does not take at once is sent later.
    /// </summary>
    public override void Write(ReadOnlySpan<byte> buffer) => _ = SendLaterAsync(buffer.ToArray());

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private ValueTask<int> Result(int count) =>
        count == Transport.Woken ? ValueTask.FromException<int>(EndWoken()) : new ValueTask<int>(count);

    private WokenException EndWoken()
    {
        _isWoken = false;
        return new WokenException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> receive)
    {
        var count = await receive.ConfigureAwait(false);
        return count == Transport.Woken ? throw EndWoken() : count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync()
    {
        var isWoken = _isWoken || await _transport.WaitToReceiveAsync().ConfigureAwait(false) == Transport.Woken;
        var first = ArrayPool<byte>.Shared.Rent(FirstSize);
        // Bytes that have arrived come before a wake-up, which then ends the next wait.
        var count = isWoken
            ? await _transport.ReceiveArrivedAsync(first).ConfigureAwait(false)
            : await _transport.ReceiveAsync(first).ConfigureAwait(false);
        if (count > 0)
        {
            (_rented, _ahead) = (first, first.AsMemory(0, count));
            return 0;
        }

        ArrayPool<byte>.Shared.Return(first);
        // The next read finds the end again.
        return count == Transport.Woken ? throw EndWoken() : 0;
    }

    private int TakeAhead(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _ahead.Length);
        _ahead[..count].CopyTo(buffer);
        _ahead = _ahead[count..];
        if (_ahead.IsEmpty && _rented is { } rented)
        {
            _rented = null;
            _ahead = default;
            ArrayPool<byte>.Shared.Return(rented);
        }

        return count;
    }

    private async Task SendLaterAsync(byte[] alert)
    {
        try
        {
            await _transport.SendAsync(alert).ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // Nobody is left to be alerted.
        }
    }
}

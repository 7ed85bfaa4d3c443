// Owns: sending and receiving through TLS over another transport, after the handshake.

using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>
/// The end of the stream is reported as of any transport, with or without a closure alert: HTTP's own framing tells whether a request is
/// whole (RFC 9112 §9.8). The server sends its closure alert before it closes, unless it cuts the connection off.
/// </summary>
/// <param name="inner">What carries the records. Disposed with this transport.</param>
/// <param name="stream">Its stream.</param>
/// <param name="tls">The TLS over it, authenticated.</param>
internal sealed class TlsTransport(Transport inner, TransportStream stream, ServerTlsStream tls) : Transport
{
    private volatile bool _hasFailed;
    private volatile bool _hasPeerFinished;
    private volatile bool _isSending;
    private int _isShut;

    /// <summary>What the handshake has led to.</summary>
    internal TlsConnectionInfo Info { get; } = new(
        tls.SslProtocol, tls.NegotiatedCipherSuite, tls.TargetHostName, (X509Certificate2?)tls.RemoteCertificate);

    internal override bool HasFailed => _hasFailed || inner.HasFailed;

    internal override PeerState Peer =>
        HasFailed ? PeerState.Gone
        : inner.Peer is var peer && peer == PeerState.Present && _hasPeerFinished ? PeerState.FinishedSending
        : peer;

    internal override ValueTask<int> WaitToReceiveAsync() => ReadAsync(Memory<byte>.Empty);

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => ReadAsync(buffer);

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (HasFailed)
        {
            return ValueTask.FromException(new PeerGoneException());
        }

        _isSending = true;
        var write = tls.WriteAsync(octets);
        if (!write.IsCompletedSuccessfully)
        {
            return AwaitWriteAsync(write);
        }

        write.GetAwaiter().GetResult();
        _isSending = false;
        return default;
    }

    internal override void ShutdownSend()
    {
        var closure = SendClosureAsync();
        if (closure.IsCompleted)
        {
            inner.ShutdownSend();
        }
        else
        {
            _ = ShutdownAfterAsync(closure);
        }
    }

    internal override void Wake() => stream.Wake();

    internal override void Abort()
    {
        _hasFailed = true;
        inner.Abort();
    }

    internal override bool IsDelivering(out long delivered) => inner.IsDelivering(out delivered);

    public override void Dispose()
    {
        _ = SendClosureAsync();
        tls.Dispose();
        stream.Dispose();
        inner.Dispose();
    }

    private ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (HasFailed)
        {
            return ValueTask.FromException<int>(new PeerGoneException());
        }

        var read = tls.ReadAsync(buffer);
        return read.IsCompletedSuccessfully ? new ValueTask<int>(Received(read.Result, buffer)) : AwaitReadAsync(read, buffer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitReadAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        try
        {
            return Received(await read.ConfigureAwait(false), buffer);
        }
        catch (WokenException)
        {
            return Woken;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Failed(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitWriteAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Failed(e);
        }
        finally
        {
            _isSending = false;
        }
    }

    private int Received(int count, Memory<byte> buffer)
    {
        if (count == 0 && !buffer.IsEmpty)
        {
            _hasPeerFinished = true;
        }

        return count;
    }

    // After a broken record nothing can be read or written any more. The peer must see an error.
    private PeerGoneException Failed(Exception cause)
    {
        Abort();
        return cause as PeerGoneException ?? new PeerGoneException(cause);
    }

    /// <summary>Sends the closure alert once (RFC 8446 §6.1), if the connection can still carry it. Never fails.</summary>
    private Task SendClosureAsync() =>
        Interlocked.Exchange(ref _isShut, 1) == 0 && !HasFailed && !_isSending ? SendOnceAsync() : Task.CompletedTask;

    private async Task SendOnceAsync()
    {
        try
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is lost. The next operation reports it.
        }
    }

    private async Task ShutdownAfterAsync(Task closure)
    {
        await closure.ConfigureAwait(false);
        inner.ShutdownSend();
    }
}

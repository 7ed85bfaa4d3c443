// Owns: one direction of a connection in memory.

using System.Buffers;
using System.IO.Pipelines;

namespace TinyHost.Testing;

/// <summary>
/// A pipe whose reader can be woken. A writer waits while 1 MiB is unread, as much as sockets hold. Neither end completes the reader: a
/// read may be copying.
/// </summary>
internal sealed class Wire
{
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
    private volatile bool _isWoken;
    private volatile bool _isFinished;
    private volatile bool _isReset;
    private volatile bool _isUnread;

    /// <summary>True between <see cref="Wake"/> and <see cref="TakeWake"/>.</summary>
    internal bool IsWoken => _isWoken;

    /// <summary>True once nothing more is written.</summary>
    internal bool IsFinished => _isFinished;

    /// <summary>True once both ends get an error.</summary>
    internal bool IsReset => _isReset;

    /// <summary>
    /// Reads some bytes, or waits for them if <paramref name="room"/> is empty. 0 at the end, <see cref="Transport.Woken"/> between
    /// <see cref="Wake"/> and <see cref="TakeWake"/> if nothing has arrived. Throws <see cref="PeerGoneException"/> after a reset, and once
    /// nobody reads.
    /// </summary>
    internal async ValueTask<int> ReadAsync(Memory<byte> room, CancellationToken cancellationToken = default)
    {
        for (; ; )
        {
            if (_isReset || _isUnread)
            {
                throw new PeerGoneException();
            }

            if (!_pipe.Reader.TryRead(out var result))
            {
                if (_isWoken)
                {
                    return Transport.Woken;
                }

                result = await _pipe.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }

            var count = (int)Math.Min(result.Buffer.Length, room.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(room.Span);
            var hasArrived = !result.Buffer.IsEmpty || result.IsCompleted;
            _pipe.Reader.AdvanceTo(taken.End);
            if (hasArrived)
            {
                return count;
            }

            if (_isWoken)
            {
                return Transport.Woken;
            }
        }
    }

    /// <summary>False if the bytes will not be read, or the wire was reset or has ended.</summary>
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        if (_isReset || _isUnread || _isFinished)
        {
            return false;
        }

        try
        {
            await _pipe.Writer.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return !_isReset && !_isUnread;
        }
        catch (InvalidOperationException) when (_isFinished)
        {
            // The other thread that ended the wire came first.
            return false;
        }
    }

    /// <summary>Nothing more is written. What was written can still be read.</summary>
    internal void Finish()
    {
        _isFinished = true;
        _pipe.Writer.Complete();
    }

    /// <summary>Nobody reads any more.</summary>
    internal void StopReading()
    {
        _isUnread = true;
        EndWaiting();
    }

    /// <summary>Both ends get an error from now on.</summary>
    internal void Reset()
    {
        _isReset = true;
        EndWaiting();
    }

    /// <summary>See <see cref="Transport.Wake"/>.</summary>
    internal void Wake()
    {
        _isWoken = true;
        _pipe.Reader.CancelPendingRead();
    }

    /// <summary>The reader has noticed that it was woken.</summary>
    internal void TakeWake() => _isWoken = false;

    private void EndWaiting()
    {
        _pipe.Reader.CancelPendingRead();
        _pipe.Writer.CancelPendingFlush();
    }
}

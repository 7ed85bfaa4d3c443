// Owns: all the content of a request in one piece of memory, where it lies or gathered, for as long as the request lasts.
// Does not own: taking it off the connection (ContentReader), or who may read (RequestBody).

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Reused for every request of its connection.</summary>
internal sealed class WholeContent(ContentReader reader, ArrayPool<byte> pool)
{
    private const int Step = 4_096;

    private readonly PooledBuffer _gathered = new(pool, Step);
    private ReadOnlyMemory<byte>? _all;

    /// <summary>The request is over: the memory is used again.</summary>
    internal void Clear()
    {
        _all = null;
        _gathered.Clear();
    }

    /// <summary>Between requests nothing is held.</summary>
    internal void Release()
    {
        _all = null;
        _gathered.Release();
    }

    /// <summary>
    /// All that is left: when it was taken so before, or came with its head and is no longer than the limit; false otherwise. Throws as
    /// <see cref="ContentReader.TryTake"/>.
    /// </summary>
    internal bool TryTake(int maxLength, out ReadOnlyMemory<byte> content)
    {
        if (_all is null && _gathered.Count == 0 && reader.TryTakeInPlace(maxLength, out var inPlace))
        {
            _all = inPlace;
        }

        content = _all.GetValueOrDefault();
        return _all is not null;
    }

    /// <summary>The same for content that must be received first. Throws as <see cref="ContentReader.ReceiveAsync"/>, and for more than the limit.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<ReadOnlyMemory<byte>> GatherAsync(int maxLength, CancellationToken cancellationToken)
    {
        // No array holds more: longer content is too long whatever the caller allows.
        maxLength = Math.Min(maxLength, Array.MaxLength - Step);
        if (reader.Left > maxLength)
        {
            throw reader.Reject(RejectReason.BodyTooLarge);
        }

        for (; ; )
        {
            var room = _gathered.GetMemory(Step);
            var count = reader.TryTake(room.Span, out var taken)
                ? taken
                : await reader.ReceiveAsync(room, isHandlers: true, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                _all = _gathered.WrittenMemory;
                return _gathered.WrittenMemory;
            }

            _gathered.Advance(count);
            if (_gathered.Count > maxLength)
            {
                throw reader.Reject(RejectReason.BodyTooLarge);
            }
        }
    }
}

// Owns: asking one worker, and not waiting for one that hangs.

using System.Net.Sockets;

namespace TinyHost.Metrics;

/// <summary>
/// Asks a worker one question at a time. A question that was not answered in time stays open; until its answer arrives nobody waits for
/// this worker.
/// </summary>
/// <param name="worker">The connection to the worker.</param>
/// <param name="clock">The clock.</param>
/// <param name="patience">How old a question is when it is overdue, whoever asked it: a scrape in a hurry costs the others nothing.</param>
internal sealed class WorkerAsker(Socket worker, TimeProvider clock, TimeSpan patience) : IDisposable
{
    // Grows as bytes arrive: the worker may claim any length.
    private const int Piece = 1 << 20;
    private const long MaxRecords = 256L << 20;

    private readonly Lock _gate = new();
    private Task<WorkerAnswer?>? _pending;
    private ExporterFormat _pendingFormat;
    private long _pendingSince;
    private long _number;

    /// <summary>
    /// The answer; null if the worker does not answer within <paramref name="wait"/>, or its question is overdue.
    /// </summary>
    internal async Task<WorkerAnswer?> AskAsync(ExporterFormat format, int maxText, TimeSpan wait)
    {
        var startedAt = clock.GetTimestamp();
        while (true)
        {
            Task<WorkerAnswer?> pending;
            bool isMine;
            TimeSpan left;
            lock (_gate)
            {
                if (_pending is null || _pending.IsCompleted)
                {
                    (_pending, _pendingFormat) = (ExchangeAsync(new Question(++_number, format), maxText), format);
                    _pendingSince = clock.GetTimestamp();
                }

                (pending, isMine) = (_pending, _pendingFormat == format);
                var (own, all) = (wait - clock.GetElapsedTime(startedAt), patience - clock.GetElapsedTime(_pendingSince));
                left = own < all ? own : all;
            }

            await ((Task)pending).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!pending.IsCompleted)
            {
                return null;
            }

            if (isMine)
            {
                return await pending.ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => worker.Dispose();

    // Null if the worker is gone, or answers something else.
    private async Task<WorkerAnswer?> ExchangeAsync(Question question, int maxText)
    {
        // The caller holds the lock, and a worker that sends without end would keep it: no receive would wait.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await SocketBytes.SendAsync(worker, question.ToBytes()).ConfigureAwait(false);
            var bytes = new byte[AnswerHead.Length];
            if (!await SocketBytes.TryReceiveAsync(worker, bytes).ConfigureAwait(false))
            {
                return null;
            }

            var head = AnswerHead.Read(bytes);
            if (head.Number != question.Number || head.Records is < AnswerHead.Missing or > MaxRecords
                || head.Text < AnswerHead.Missing || head.Text > maxText)
            {
                // Where the next answer begins is unknown.
                worker.Dispose();
                return null;
            }

            var records = await ReceiveAsync((int)head.Records).ConfigureAwait(false);
            var text = await ReceiveAsync((int)head.Text).ConfigureAwait(false);
            return records is null ? null : new WorkerAnswer(records, text, question.Format);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    // Null if the worker is gone, or the part is missing.
    private async Task<byte[]?> ReceiveAsync(int length)
    {
        if (length < 0)
        {
            return null;
        }

        var received = new byte[Math.Min(length, Piece)];
        for (var count = 0; count < length; count = received.Length)
        {
            if (count > 0)
            {
                Array.Resize(ref received, (int)Math.Min(length, 2L * count));
            }

            if (!await SocketBytes.TryReceiveAsync(worker, received.AsMemory(count)).ConfigureAwait(false))
            {
                return null;
            }
        }

        return received;
    }
}

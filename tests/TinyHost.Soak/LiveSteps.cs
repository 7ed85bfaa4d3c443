// Owns: steps on real threads: each runs on the thread pool, at once or some milliseconds later.

using TinyHost.Tests.LeftBehindMatrix;

namespace TinyHost.Soak;

internal sealed class LiveSteps(int seed) : Steps(seed)
{
    // Long enough for a connection to notice the end of its handler, even on a busy machine.
    private static readonly TimeSpan s_noticeDelay = TimeSpan.FromMilliseconds(250);

    // On a quarter of the connections most steps are slow, so that work left behind certainly runs after its handler. On the others
    // everything races.
    private readonly bool _isSlow = new Random(~seed).Next(4) == 0;

    internal override void Post(Action step)
    {
        if (OneIn(_isSlow ? 4 : 16))
        {
            _ = RunLaterAsync(TimeSpan.FromMilliseconds(1 + Next(_isSlow && OneIn(8) ? 500 : 8)), step);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), step, preferLocal: false);
        }
    }

    internal override void PostAfterHandlerEnd(Action action) => _ = RunLaterAsync(s_noticeDelay, action);

    private static async Task RunLaterAsync(TimeSpan delay, Action action)
    {
        await Task.Delay(delay);
        action();
    }
}

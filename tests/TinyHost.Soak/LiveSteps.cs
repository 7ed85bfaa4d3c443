// Owns: steps on real threads: a step comes on the thread pool, at once or some milliseconds later.

using TinyHost.Tests.LeftBehindMatrix;

namespace TinyHost.Soak;

internal sealed class LiveSteps(int seed) : Steps(seed)
{
    // However busy the machine is, a connection has noticed the end of its handler by then.
    private static readonly TimeSpan s_noticed = TimeSpan.FromMilliseconds(250);

    // Some connections take their time, so that what goes on after a handler is surely after it; on most everything races.
    private readonly bool _isPatient = new Random(~seed).Next(4) == 0;

    internal override void Post(Action step)
    {
        if (OneIn(_isPatient ? 4 : 16))
        {
            _ = RunLaterAsync(TimeSpan.FromMilliseconds(1 + Next(_isPatient && OneIn(8) ? 500 : 8)), step);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), step, preferLocal: false);
        }
    }

    internal override void OnceNoticed(Action then) => _ = RunLaterAsync(s_noticed, then);

    private static async Task RunLaterAsync(TimeSpan delay, Action action)
    {
        await Task.Delay(delay);
        action();
    }
}

// Owns: what code of the left-behind matrix draws at random, and where it lets other things happen.
// Does not own: the order in which they do: the scheduler's (StepScheduler), or that of real threads (LiveSteps).

using System.Runtime.CompilerServices;

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>Every member is safe to call from any thread.</summary>
internal abstract class Steps(int seed)
{
    private readonly Random _random = new(seed);

    internal int Next(int maxExclusive)
    {
        lock (_random)
        {
            return _random.Next(maxExclusive);
        }
    }

    /// <summary>True once in <paramref name="times"/>.</summary>
    internal bool OneIn(int times) => Next(times) == 0;

    /// <summary>Runs the step some time later.</summary>
    internal abstract void Post(Action step);

    /// <summary>The handler that calls this ends next: runs <paramref name="then"/> once its connection must have noticed.</summary>
    internal abstract void OnceNoticed(Action then);

    /// <summary>Awaiting it lets any number of other steps happen first.</summary>
    internal StepAwaitable Step() => new(this);

    internal void PostAfter(int steps, Action step) => Post(steps == 0 ? step : () => PostAfter(steps - 1, step));

    internal readonly struct StepAwaitable(Steps steps) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public StepAwaitable GetAwaiter() => this;

        public void OnCompleted(Action continuation) => steps.Post(continuation);

        public void UnsafeOnCompleted(Action continuation) => steps.Post(continuation);

        public void GetResult()
        {
        }
    }
}

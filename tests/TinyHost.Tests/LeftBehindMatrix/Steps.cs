// Owns: random choices in the left-behind matrix, and the points at which other events may happen.

using System.Runtime.CompilerServices;

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>
/// <see cref="StepScheduler"/> runs the steps in a random order; LiveSteps, in tests/TinyHost.Soak, runs them on real threads. Thread-safe.
/// </summary>
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

    /// <summary>True with a probability of one in <paramref name="times"/>.</summary>
    internal bool OneIn(int times) => Next(times) == 0;

    /// <summary>Runs the step later.</summary>
    internal abstract void Post(Action step);

    /// <summary>
    /// Called by a handler just before it ends. Runs <paramref name="action"/> once the connection must have noticed the end.
    /// </summary>
    internal abstract void PostAfterHandlerEnd(Action action);

    /// <summary>Awaiting the result lets any number of other steps run first.</summary>
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

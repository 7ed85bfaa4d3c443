// Owns: a count of each situation the matrix is about, because a matrix that meets none of them proves nothing.

namespace TinyHost.Tests.LeftBehindMatrix;

internal enum LeftBehindMoment
{
    /// <summary>The handler ended while its work was in the middle of an operation.</summary>
    InsideOperation,

    /// <summary>The handler ended while its work was between two operations.</summary>
    BetweenOperations,

    /// <summary>An operation began after its handler had ended, while no other handler was running.</summary>
    AfterHandler,

    /// <summary>An operation began while the handler of a later request was running.</summary>
    DuringNextRequest,
}

internal sealed class LeftBehindCoverage
{
    private readonly int[] _counts = new int[Enum.GetValues<LeftBehindMoment>().Length];

    internal int this[LeftBehindMoment moment] => Volatile.Read(ref _counts[(int)moment]);

    internal void Count(LeftBehindMoment moment) => Interlocked.Increment(ref _counts[(int)moment]);

    public override string ToString() =>
        string.Join(", ", Enum.GetValues<LeftBehindMoment>().Select(moment => $"{moment} {this[moment]}"));
}

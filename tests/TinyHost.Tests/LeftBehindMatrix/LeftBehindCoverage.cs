// Owns: how often each moment was met that the matrix is about: a matrix that meets none of them proves nothing.

namespace TinyHost.Tests.LeftBehindMatrix;

internal enum LeftBehindMoment
{
    /// <summary>The handler ended while its code was in the middle of an operation.</summary>
    InsideOperation,

    /// <summary>The handler ended while its code was between two operations.</summary>
    BetweenOperations,

    /// <summary>An operation began after its handler had ended.</summary>
    AfterHandler,

    /// <summary>An operation began while a later request was at its handler.</summary>
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

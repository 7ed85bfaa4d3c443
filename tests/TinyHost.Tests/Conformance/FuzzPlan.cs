// Owns: the random plan of a handler of the live fuzzer: how much it reads, what it writes, when it flushes and how it fails.

namespace TinyHost.Tests.Conformance;

internal enum FuzzReading
{
    Nothing,
    Once,
    Everything,
    AtOnce,
    AsStream,
}

internal enum FuzzFailure
{
    None,
    BeforeReading,
    BeforeWriting,
    AfterWriting,
    Abort,
}

/// <summary>Work that a handler starts and does not await.</summary>
internal enum FuzzLeftBehind
{
    Nothing,
    Reads,
    ReadAll,
    Copy,
    Writes,
}

internal sealed record FuzzPlan(Random Random)
{
    internal FuzzReading Reading { get; } = (FuzzReading)Random.Next(5);

    /// <summary>The size of the handler's own buffer, below or above the size from which content is received directly into it.</summary>
    internal int ReadSize { get; } = Random.Next(1, 6_000);

    /// <summary>Whether the handler catches a refusal of the content and answers as if nothing had happened.</summary>
    internal bool CatchesRefusal { get; } = Random.Next(4) == 0;

    internal int Status { get; } = Random.Next(8) switch { 0 => 204, 1 => 205, 2 => 304, 3 => 404, _ => 200 };

    /// <summary>The pieces of content, each of one letter.</summary>
    internal string[] Content { get; } =
        [.. Enumerable.Range(0, Random.Next(4)).Select(i => new string((char)('a' + i), Random.Next(1 << Random.Next(18))))];

    /// <summary>The declared length minus the true length; null when no length is declared.</summary>
    internal int? DeclaredDifference { get; } = Random.Next(8) switch { 0 or 1 or 2 => 0, 3 => 1, 4 => -1, _ => null };

    internal bool FlushesFirst { get; } = Random.Next(6) == 0;

    internal bool FlushesBetween { get; } = Random.Next(3) == 0;

    internal bool UsesBufferWriter { get; } = Random.Next(2) == 0;

    internal bool HasTrailers { get; } = Random.Next(4) == 0;

    internal bool Yields { get; } = Random.Next(3) == 0;

    internal bool Closes { get; } = Random.Next(12) == 0;

    internal FuzzLeftBehind LeavesBehind { get; } = Random.Next(4) == 0 ? (FuzzLeftBehind)Random.Next(1, 5) : FuzzLeftBehind.Nothing;

    /// <summary>Whether the work begins before the handler itself reads and writes, rather than at its end.</summary>
    internal bool LeavesItEarly { get; } = Random.Next(3) == 0;

    internal FuzzFailure Failure { get; } = Random.Next(12) switch
    {
        0 => FuzzFailure.BeforeReading,
        1 => FuzzFailure.BeforeWriting,
        2 => FuzzFailure.AfterWriting,
        3 when Random.Next(3) == 0 => FuzzFailure.Abort,
        _ => FuzzFailure.None,
    };
}

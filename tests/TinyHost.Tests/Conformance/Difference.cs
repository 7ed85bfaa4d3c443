// Owns: the form of an explanation of differences from Kestrel, and the kinds of difference.

using System.Text.RegularExpressions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

/// <summary>What Kestrel does in a case in which the two servers differ.</summary>
internal enum KestrelAnswer
{
    /// <summary>Serves a request that TinyHost refuses.</summary>
    Serves,

    /// <summary>Refuses a request that TinyHost serves.</summary>
    Refuses,

    /// <summary>Also refuses it, with another status code.</summary>
    RefusesDifferently,

    /// <summary>Also serves it, but reads it differently, or continues where TinyHost closes.</summary>
    ReadsDifferently,

    /// <summary>Answers 500, waits for more, or closes without an answer.</summary>
    Fails,
}

/// <summary>
/// Why TinyHost is right, according to a section of a standard, in the named cases. A name may contain <c>*</c> for any text. An
/// explanation is stale if Kestrel does not give that answer for one of its names.
/// </summary>
internal sealed record Difference(string Section, string Why, KestrelAnswer Kestrel, params string[] Cases)
{
    internal bool Explains(string pattern, CorpusCase corpusCase, KestrelAnswer answer) =>
        answer == Kestrel
        && Regex.IsMatch(corpusCase.Name, "^" + Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal) + "$");

    internal static KestrelAnswer Classify(CorpusCase corpusCase, ServerReading ours, ServerReading theirs)
    {
        var isRefused = corpusCase.Rejected != RejectReason.None;
        var closesEarly = theirs.End == "closes" && theirs.Served.Count < ours.Served.Count + (isRefused ? 1 : 0);
        if (closesEarly || theirs.End is "refuses with 500" or "waits" or "resets")
        {
            return KestrelAnswer.Fails;
        }

        if (!theirs.IsRefusal)
        {
            return isRefused ? KestrelAnswer.Serves : KestrelAnswer.ReadsDifferently;
        }

        return !isRefused ? KestrelAnswer.Refuses
            : theirs.Served.Count == ours.Served.Count ? KestrelAnswer.RefusesDifferently
            : KestrelAnswer.Serves;
    }
}

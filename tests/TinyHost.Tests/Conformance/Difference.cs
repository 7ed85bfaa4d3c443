// Owns: what one explanation of differences from Kestrel says, and telling the kinds of difference apart.
// Does not own: the explanations (Differences).

using System.Text.RegularExpressions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

/// <summary>What Kestrel does with a case on which the two servers differ.</summary>
internal enum KestrelAnswer
{
    /// <summary>Serves what TinyHost refuses.</summary>
    Serves,

    /// <summary>Refuses what TinyHost serves.</summary>
    Refuses,

    /// <summary>Refuses it too, with another status code.</summary>
    RefusesOtherwise,

    /// <summary>Serves it too, but reads something else, or goes on where TinyHost closes.</summary>
    ReadsOtherwise,

    /// <summary>Answers 500, waits for more, or closes without an answer.</summary>
    Fails,
}

/// <summary>
/// Why TinyHost is right, by a section of a standard, in the cases it names: each a name as it stands in the corpus, or a pattern with <c>*</c> for
/// any text. Each must be a case in which Kestrel gives that answer, or the explanation is stale.
/// </summary>
internal sealed record Difference(string Section, string Why, KestrelAnswer Kestrel, params string[] Cases)
{
    internal bool Explains(string pattern, CorpusCase corpusCase, KestrelAnswer answer) =>
        answer == Kestrel
        && Regex.IsMatch(corpusCase.Name, "^" + Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal) + "$");

    internal static KestrelAnswer Classify(CorpusCase corpusCase, ServerReading ours, ServerReading theirs)
    {
        var isRefused = corpusCase.Rejected != RejectReason.None;
        if (theirs.End is "refuses with 500" or "waits" or "resets" || (theirs.End == "closes" && theirs.Served.Count < ours.Served.Count + (isRefused ? 1 : 0)))
        {
            return KestrelAnswer.Fails;
        }

        return theirs.IsRefusal
            ? isRefused && theirs.Served.Count == ours.Served.Count ? KestrelAnswer.RefusesOtherwise : isRefused ? KestrelAnswer.Serves : KestrelAnswer.Refuses
            : isRefused ? KestrelAnswer.Serves : KestrelAnswer.ReadsOtherwise;
    }
}

// Owns: the corpus as a whole: every case of every topic, by name.
// Does not own: the cases themselves.

namespace TinyHost.Tests.Support;

internal static class Corpus
{
    internal static IReadOnlyList<CorpusCase> All { get; } =
    [
        .. CorpusRequestLine.Cases,
        .. CorpusTargets.Cases,
        .. CorpusFields.Cases,
        .. CorpusHost.Cases,
        .. CorpusContentLength.Cases,
        .. CorpusTransferEncoding.Cases,
        .. CorpusChunks.Cases,
        .. CorpusTrailers.Cases,
        .. CorpusConnection.Cases,
        .. CorpusLimits.Cases,
        .. CorpusPipelining.Cases,
    ];

    private static readonly Dictionary<string, CorpusCase> s_byName = All.ToDictionary(c => c.Name);

    internal static CorpusCase Case(string name) => s_byName[name];

    /// <summary>All names, as rows of a theory.</summary>
    public static TheoryData<string> Names => new(All.Select(c => c.Name));
}

// Owns: the whole corpus: every case of every topic, by name.

namespace TinyHost.Tests.Support;

internal static class Corpus
{
    internal static Dictionary<string, IReadOnlyList<CorpusCase>> Topics { get; } = new()
    {
        ["request line"] = CorpusRequestLine.Cases,
        ["targets"] = CorpusTargets.Cases,
        ["fields"] = CorpusFields.Cases,
        ["Host"] = CorpusHost.Cases,
        ["Content-Length"] = CorpusContentLength.Cases,
        ["Transfer-Encoding"] = CorpusTransferEncoding.Cases,
        ["chunks"] = CorpusChunks.Cases,
        ["trailers"] = CorpusTrailers.Cases,
        ["connection"] = CorpusConnection.Cases,
        ["limits"] = CorpusLimits.Cases,
        ["pipelining"] = CorpusPipelining.Cases,
    };

    internal static IReadOnlyList<CorpusCase> All { get; } = [.. Topics.Values.SelectMany(cases => cases)];

    private static readonly Dictionary<string, CorpusCase> s_byName = All.ToDictionary(c => c.Name);

    internal static CorpusCase Case(string name) => s_byName[name];

    /// <summary>All topics, as the data of a theory.</summary>
    public static TheoryData<string> TopicNames => new(Topics.Keys);

    /// <summary>All names, as the data of a theory.</summary>
    public static TheoryData<string> Names => new(All.Select(c => c.Name));
}

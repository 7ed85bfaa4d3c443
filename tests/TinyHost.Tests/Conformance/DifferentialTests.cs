// Owns: the corpus against Kestrel, a server of wide use, in a process of its own: where the two differ, a line says why TinyHost is right.
// Does not own: the explanations (Differences).

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class DifferentialTests
{
    [Fact]
    public async Task Every_difference_from_Kestrel_is_explained_and_every_explanation_explains_one()
    {
        var found = await FindDifferencesAsync();

        var explanations = Differences.All.SelectMany(difference => difference.Cases.Select(pattern => (Difference: difference, Pattern: pattern))).ToList();
        var stale = explanations.ToHashSet();
        var unexplained = new List<string>();
        foreach (var (corpusCase, ours, theirs) in found)
        {
            var answer = Difference.Classify(corpusCase, ours, theirs);
            var fitting = explanations.Where(e => e.Difference.Explains(e.Pattern, corpusCase, answer)).ToList();
            stale.ExceptWith(fitting);
            if (fitting.Count == 0)
            {
                unexplained.Add($"{corpusCase.Name} ({corpusCase.Rejected}): Kestrel {answer}.\n  TinyHost: {ours}\n  Kestrel:  {theirs}");
            }
        }

        Assert.True(unexplained.Count == 0, $"{unexplained.Count} of {found.Count} differences are not explained.\n{string.Join('\n', unexplained)}");
        Assert.True(stale.Count == 0, $"Kestrel no longer gives these answers:\n{string.Join('\n', stale.Select(e => $"{e.Difference.Kestrel}: {e.Pattern}"))}");
    }

    private static async Task<List<(CorpusCase Case, ServerReading Ours, ServerReading Theirs)>> FindDifferencesAsync()
    {
        await using var kestrel = await KestrelProcess.StartAsync();
        await using var server = await TestServer.StartAsync(SayWhatWasReadAsync);
        var readings = new (CorpusCase Case, ServerReading Ours, ServerReading Theirs)[Corpus.All.Count];
        await Parallel.ForAsync(0, readings.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var octets = LiveCase.WithCanary(Corpus.All[i]).Text;
            var ours = await ServerReading.OfAsync(server.EndPoints[0], octets);
            readings[i] = (Corpus.All[i], ours, await ServerReading.OfAsync(kestrel.EndPoint, octets));
        });
        return [.. readings.Where(reading => reading.Ours.ToString() != reading.Theirs.ToString())];
    }

    /// <summary>Says it as tests/TinyHost.Kestrel does.</summary>
    private static async Task SayWhatWasReadAsync(RequestContext context)
    {
        var request = context.Request;
        using var content = new MemoryStream();
        await request.Body.AsStream().CopyToAsync(content);
        var trailers = string.Join(',', request.Body.Trailers.Select(field => field.Key).Order(StringComparer.Ordinal));
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Method} {request.Target} host={request.Host} trailers={trailers} body={content.Length}:{Convert.ToHexString(SHA256.HashData(content.ToArray()))[..8]}");
        context.Response.StatusCode = request.Method == "CONNECT" ? 501 : 200;
        context.Response.Fields["X-Seen"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(seen));
    }
}

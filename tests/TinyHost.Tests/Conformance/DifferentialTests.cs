// Owns: comparing TinyHost with Kestrel, in a process of its own, on the corpus: Differences explains every difference.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class DifferentialTests
{
    [Fact]
    public async Task Every_difference_from_Kestrel_is_explained_and_no_explanation_is_stale()
    {
        var found = await FindDifferencesAsync();

        var explanations = Differences.All
            .SelectMany(difference => difference.Cases.Select(pattern => (Difference: difference, Pattern: pattern)))
            .ToList();
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

        Assert.True(
            unexplained.Count == 0,
            $"{unexplained.Count} of {found.Count} differences are not explained.\n{string.Join('\n', unexplained)}");
        var stalePatterns = string.Join('\n', stale.Select(e => $"{e.Difference.Kestrel}: {e.Pattern}"));
        Assert.True(stale.Count == 0, $"Kestrel no longer gives these answers:\n{stalePatterns}");
    }

    private static async Task<List<(CorpusCase Case, ServerReading Ours, ServerReading Theirs)>> FindDifferencesAsync()
    {
        await using var kestrel = await KestrelProcess.StartAsync();
        await using var server = await TestServer.StartAsync(ReportReadingAsync);
        var readings = new (CorpusCase Case, ServerReading Ours, ServerReading Theirs)[Corpus.All.Count];
        await Parallel.ForAsync(0, readings.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var octets = LiveCase.WithCanary(Corpus.All[i]).Text;
            var ours = await ServerReading.OfAsync(server.EndPoints[0], octets);
            readings[i] = (Corpus.All[i], ours, await ServerReading.OfAsync(kestrel.EndPoint, octets));
        });
        return [.. readings.Where(reading => reading.Ours.ToString() != reading.Theirs.ToString())];
    }

    /// <summary>Reports the request in the same form as tests/TinyHost.Kestrel.</summary>
    private static async Task ReportReadingAsync(RequestContext context)
    {
        var request = context.Request;
        using var content = new MemoryStream();
        await request.Body.AsStream().CopyToAsync(content);
        var trailers = string.Join(',', request.Body.Trailers.Select(field => field.Key).Order(StringComparer.Ordinal));
        var hash = Convert.ToHexString(SHA256.HashData(content.ToArray()))[..8];
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Method} {request.Target} host={request.Host} trailers={trailers} body={content.Length}:{hash}");
        context.Response.StatusCode = request.Method == "CONNECT" ? 501 : 200;
        context.Response.Fields["X-Seen"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(seen));
    }
}

// Owns: fuzzing Syntax/ with mutated cases of the corpus, for a fixed number of runs or for TINYHOST_FUZZ_SECONDS.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Tests.Syntax;

public sealed class FuzzTests
{
    private const int Runs = 20_000;

    /// <summary>Strict targets, and limits that mutated messages exceed often.</summary>
    private static readonly ServerLimits s_tight = new()
    {
        MaxRequestLineSize = 64,
        MaxMethodSize = 7,
        MaxHeaderSectionSize = 96,
        MaxFieldLines = 4,
        MaxTrailerSectionSize = 64,
        MaxChunkLineSize = 16,
        MaxRequestBodySize = 20,
        StrictTargets = true,
    };

    private static readonly ReferenceLimits s_tightReference = new(64, 7, 96, 4, 64, 16, 20, StrictTargets: true);

    [Fact]
    public void Mutated_messages_are_read_as_by_the_reference_however_they_are_cut() =>
        Fuzz(new ServerLimits(), ReferenceLimits.Default, firstSeed: 0);

    [Fact]
    public void Mutated_messages_are_read_as_by_the_reference_under_tight_limits_and_with_strict_targets() =>
        Fuzz(s_tight, s_tightReference, firstSeed: 1_000_000_000);

    private static void Fuzz(ServerLimits limits, ReferenceLimits referenceLimits, int firstSeed)
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("TINYHOST_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        for (var run = 0; run < Runs || watch.Elapsed.TotalSeconds < seconds; run++)
        {
            var seed = firstSeed + run;
            var random = new Random(seed);
            var octets = Mutation.Next(random);
            try
            {
                Check(octets, random, limits, referenceLimits);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e.Message}\nThe octets:\n{Transcript.Show(octets)}");
            }
        }
    }

    private static void Check(byte[] octets, Random random, ServerLimits limits, ReferenceLimits referenceLimits)
    {
        var whole = MessageReader.Read(octets, limits);
        Assert.Equal(ReferenceReader.Read(octets, referenceLimits).Outcome, whole.Outcome);

        int[] cuts = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(octets.Length + 1)).Order()];
        Assert.Equal(whole.ToString(), MessageReader.Read(octets, limits, cuts).ToString());
    }
}

// Owns: what parsing a request head and deciding its framing cost.
// Does not own: the heads (TypicalHeads).

using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace TinyHost.Benchmarks;

/// <summary>A head that came in one piece, one that came in two, and the framing of one that is parsed.</summary>
public class HeadParsing
{
    private readonly ServerLimits _limits = new();
    private readonly RequestHead _head = new(ArrayPool<byte>.Shared);
    private readonly RequestHead _parsed = new(ArrayPool<byte>.Shared);

    public static IEnumerable<TypicalHead> Heads => TypicalHeads.All;

    [ParamsSource(nameof(Heads))]
    public TypicalHead Head { get; set; } = TypicalHeads.All[0];

    [GlobalSetup]
    public void Prepare()
    {
        if (_parsed.Parse(Head.Octets, _limits, out var consumed, out var reason) != ParseStatus.Complete
            || consumed != Head.Octets.Length
            || MessageFraming.Decide(_parsed, Head.Octets, _limits, out _) != RejectReason.None)
        {
            throw new InvalidOperationException($"The head '{Head}' is refused: {reason}.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Parse()
    {
        _head.Clear();
        _head.Parse(Head.Octets, _limits, out var consumed, out _);
        return consumed;
    }

    [Benchmark]
    public int ParseInTwoPieces()
    {
        var half = Head.Octets.Length / 2;
        _head.Clear();
        _head.Parse(Head.Octets.AsSpan(0, half), _limits, out _, out _);
        _head.Parse(Head.Octets, _limits, out var consumed, out _);
        return consumed;
    }

    [Benchmark]
    public bool DecideFraming()
    {
        MessageFraming.Decide(_parsed, Head.Octets, _limits, out var framing);
        return framing.Persistent;
    }
}

// Owns: measuring the cost of parsing request heads and deciding their framing.

using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace TinyHost.Benchmarks;

/// <summary>A head received whole, a head received in two pieces, and the framing of a parsed head.</summary>
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
        if (_parsed.Parse(Head.Bytes, _limits, out var consumed, out var reason) != ParseStatus.Complete
            || consumed != Head.Bytes.Length
            || MessageFraming.Decide(_parsed, Head.Bytes, out _) != RejectReason.None)
        {
            throw new InvalidOperationException($"The parser rejects the head '{Head}': {reason}.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Parse()
    {
        _head.Clear();
        _head.Parse(Head.Bytes, _limits, out var consumed, out _);
        return consumed;
    }

    [Benchmark]
    public int ParseInTwoPieces()
    {
        var half = Head.Bytes.Length / 2;
        _head.Clear();
        _head.Parse(Head.Bytes.AsSpan(0, half), _limits, out _, out _);
        _head.Parse(Head.Bytes, _limits, out var consumed, out _);
        return consumed;
    }

    [Benchmark]
    public bool DecideFraming()
    {
        MessageFraming.Decide(_parsed, Head.Bytes, out var framing);
        return framing.Persistent;
    }
}

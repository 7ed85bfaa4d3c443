// Owns: measuring the cost of decoding chunked framing.

using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;

namespace TinyHost.Benchmarks;

/// <summary>64 KiB of content in chunks of equal size.</summary>
public class ChunkedDecoding
{
    private const int ContentLength = 65_536;

    private readonly ServerLimits _limits = new();
    private readonly ChunkedDecoder _decoder = new(ArrayPool<byte>.Shared);
    private byte[] _message = [];

    [Params(16, 1_024, ContentLength)]
    public int ChunkSize { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var chunk = $"{ChunkSize:x}\r\n{new string('x', ChunkSize)}\r\n";
        _message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(chunk, ContentLength / ChunkSize)) + "0\r\n\r\n");
        if (DecodeChunks() != ContentLength)
        {
            throw new InvalidOperationException("The decoder did not find all content.");
        }
    }

    [Benchmark]
    public long DecodeChunks()
    {
        _decoder.Clear();
        long content = 0;
        for (ReadOnlySpan<byte> rest = _message; ;)
        {
            var step = _decoder.Advance(rest, _limits, out var consumed, out _);
            rest = rest[consumed..];
            if (step != ChunkStep.Content)
            {
                return step == ChunkStep.End ? content : -1;
            }

            var taken = _decoder.Remaining;
            rest = rest[(int)taken..];
            content += taken;
            _decoder.Took(taken);
        }
    }
}

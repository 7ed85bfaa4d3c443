// Owns: cutting octets into pieces.

namespace TinyHost.Tests.Support;

internal static class Pieces
{
    /// <summary>Pieces of any size, short ones more often.</summary>
    internal static IEnumerable<byte[]> CutAtRandom(byte[] octets, Random random)
    {
        for (var start = 0; start < octets.Length;)
        {
            var length = Math.Min(random.Next(1, 2 << random.Next(0, 14)), octets.Length - start);
            yield return octets[start..(start + length)];
            start += length;
        }
    }
}

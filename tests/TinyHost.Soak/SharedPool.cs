// Owns: a check that the shared array pool does not lend one array to two users, as it would after a double return.

using System.Buffers;

namespace TinyHost.Soak;

internal static class SharedPool
{
    private const int MinLength = 16;
    private const int MaxLength = 1 << 20;
    private const int ArraysPerLength = 256;

    internal static bool LendsAnArrayTwice()
    {
        var found = false;
        for (var length = MinLength; length <= MaxLength; length *= 2)
        {
            var rented = new HashSet<byte[]>();
            for (var i = 0; i < ArraysPerLength; i++)
            {
                found |= !rented.Add(ArrayPool<byte>.Shared.Rent(length));
            }

            foreach (var array in rented)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }

        return found;
    }
}

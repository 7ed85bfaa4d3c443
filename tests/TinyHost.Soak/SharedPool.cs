// Owns: a look for an array that the process's shared pool would lend to two users at once, because somebody returned it twice.

using System.Buffers;

namespace TinyHost.Soak;

internal static class SharedPool
{
    private const int Smallest = 16;
    private const int Largest = 1 << 20;
    private const int OfEach = 256;

    internal static bool LendsAnArrayTwice()
    {
        var isTwice = false;
        for (var length = Smallest; length <= Largest; length *= 2)
        {
            var lent = new HashSet<byte[]>();
            for (var i = 0; i < OfEach; i++)
            {
                isTwice |= !lent.Add(ArrayPool<byte>.Shared.Rent(length));
            }

            foreach (var array in lent)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }

        return isTwice;
    }
}

// Owns: writing the lines of several processes to one output, so that lines stay whole.

namespace TinyHost.Workers;

/// <param name="output">The output of this process.</param>
/// <param name="writer">What this process writes to the same output itself. It locks itself for each text.</param>
internal sealed class LineOutput(Stream output, TextWriter writer)
{
    /// <summary>Those of the process.</summary>
    internal static (LineOutput Output, LineOutput Error) OfProcess() =>
        (new(Console.OpenStandardOutput(), Console.Out), new(Console.OpenStandardError(), Console.Error));

    /// <summary>Lines that the output does not take are lost, as on a full disk: waiting for it would block the workers.</summary>
    internal void Write(ReadOnlySpan<byte> lines)
    {
        lock (writer)
        {
            try
            {
                output.Write(lines);
                output.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // This is where a failure would be reported.
            }
        }
    }
}

// Owns: where FieldLines finds the lines of a section: the head of a request or its trailers.
// Does not own: reading them by name (FieldLines).

namespace TinyHost;

internal interface IFieldSection
{
    /// <summary>The lines, as offsets into <see cref="Octets"/>.</summary>
    ReadOnlySpan<FieldLine> Lines { get; }

    ReadOnlySpan<byte> Octets { get; }
}

// Owns: a mapped file, and access to its words.

using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics;

/// <summary>Memory that several processes have mapped. Callers keep within its length, and use it no longer once it is disposed.</summary>
internal sealed class MappedMemory : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly nint _address;

    /// <summary>Maps a file, which may be closed afterwards.</summary>
    internal MappedMemory(SafeFileHandle file, long length)
    {
        Length = length;
        _file = MemoryMappedFile.CreateFromFile(
            file, mapName: null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, length);
        _address = _view.SafeMemoryMappedViewHandle.DangerousGetHandle();
    }

    internal long Length { get; }

    /// <summary>The word at an offset.</summary>
    internal ref long WordAt(long offset) => ref WordAt(AddressOf(offset));

    /// <summary>The address of an offset.</summary>
    internal nint AddressOf(long offset) => _address + (nint)offset;

    /// <summary>The word at an address, which the caller knows to be mapped.</summary>
    internal static ref long WordAt(nint address) => ref Unsafe.AddByteOffset(ref Unsafe.NullRef<long>(), address);

    /// <summary>The same word as a floating-point number.</summary>
    internal static ref double NumberAt(nint address) => ref Unsafe.AddByteOffset(ref Unsafe.NullRef<double>(), address);

    internal void CopyTo(long offset, Span<byte> bytes) => _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, bytes);

    internal void CopyFrom(long offset, ReadOnlySpan<byte> bytes) => _view.SafeMemoryMappedViewHandle.WriteSpan((ulong)offset, bytes);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

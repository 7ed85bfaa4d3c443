// Owns: the file with credentials for tools on the same machine: written at a start, removed at the stop.

using System.Security.Cryptography;
using System.Text;

namespace TinyHost;

/// <summary>
/// A file with the line <c>__cookie__:PASSWORD</c>, new at each start, that only the user of the process can read. Whoever can read it has
/// the rights of that user anyway.
/// </summary>
internal sealed class CookieFile(string path)
{
    private const string UserName = "__cookie__";
    private const int PasswordSize = 32;
    private const int MaxSize = 1_024;

    private volatile byte[]? _digest;

    internal static AdmittedUser Admitted { get; } = new(UserName, "Basic");

    /// <summary>Writes new credentials. Throws <see cref="ServerStartException"/> if the file cannot be written.</summary>
    internal void Write()
    {
        var credentials = Encoding.ASCII.GetBytes(
            $"{UserName}:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordSize))}");
        var temporary = Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            WriteThrough(temporary, path, credentials);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot start: the cookie file {path} cannot be written: {failure.Message}", failure);
        }

        _digest = SHA256.HashData(credentials);
    }

    /// <summary>Whether these are the credentials of the file, compared in constant time.</summary>
    internal bool Matches(ReadOnlySpan<byte> credentials)
    {
        if (_digest is not { } expected || !credentials.StartsWith("__cookie__:"u8))
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(credentials, digest);
        return CryptographicOperations.FixedTimeEquals(expected, digest);
    }

    /// <summary>Removes the file, unless another process has written its own meanwhile.</summary>
    internal void Remove()
    {
        var digest = _digest;
        _digest = null;
        if (digest is not null && IsOwn(digest))
        {
            File.Delete(path);
        }
    }

    private bool IsOwn(byte[] digest)
    {
        try
        {
            return SHA256.HashData(BoundedFile.Read(path, MaxSize)).AsSpan().SequenceEqual(digest);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // This process can read its own file.
            return false;
        }
    }

    private static void WriteThrough(string temporary, string path, byte[] credentials)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(credentials);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}

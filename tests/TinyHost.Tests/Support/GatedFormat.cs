// Owns: a format of password hashes that tests can hold up, and that counts its computations. The hash of PASSWORD is $gated$PASSWORD.

namespace TinyHost.Tests.Support;

internal sealed class GatedFormat : PasswordFormat, IDisposable
{
    private const string Prefix = "$gated$";

    private readonly ManualResetEventSlim _open = new(initialState: true);
    private int _running;

    /// <summary>The number of computations begun.</summary>
    internal int Begun { get; private set; }

    /// <summary>The most computations that ran at once.</summary>
    internal int MostAtOnce { get; private set; }

    internal static string HashOf(string password) => Prefix + password;

    internal void Close() => _open.Reset();

    internal void Open() => _open.Set();

    public override bool Recognizes(string hash) => hash.StartsWith(Prefix, StringComparison.Ordinal);

    public override string? FindFault(string hash) => hash == Prefix ? "it is empty" : null;

    public override bool Verify(string password, string hash)
    {
        lock (_open)
        {
            Begun++;
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
        }

        _open.Wait(TestTimeout.Long);
        lock (_open)
        {
            _running--;
        }

        return password == "throw" ? throw new NotSupportedException("broken") : hash == HashOf(password);
    }

    public void Dispose() => _open.Dispose();
}

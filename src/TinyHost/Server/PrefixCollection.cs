// Owns: the list of a server's prefixes, and the short ways to add one.

using System.Collections.ObjectModel;

namespace TinyHost;

/// <summary>
/// The prefixes of a server: <c>options.Prefixes.Add("http://+:8080/")</c>. Adding null throws <see cref="ArgumentNullException"/>.
/// </summary>
public sealed class PrefixCollection : Collection<PrefixOptions>
{
    /// <summary>Adds a prefix, with or without a name, as <see cref="PrefixOptions.Url"/> describes it.</summary>
    public void Add(string url) => Add(new PrefixOptions { Url = url });

    /// <summary>Adds a prefix with settings of its own.</summary>
    public void Add(string url, Action<PrefixOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var prefix = new PrefixOptions { Url = url };
        configure(prefix);
        Add(prefix);
    }

    /// <inheritdoc />
    protected override void InsertItem(int index, PrefixOptions item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.InsertItem(index, item);
    }

    /// <inheritdoc />
    protected override void SetItem(int index, PrefixOptions item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.SetItem(index, item);
    }
}

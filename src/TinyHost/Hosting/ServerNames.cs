// Owns: which servers a host has, by name, so that each reads settings of its own.
// Does not own: the settings (ServerConfiguration).

using Microsoft.Extensions.DependencyInjection;

namespace TinyHost;

/// <summary>The servers that were added to one collection of services.</summary>
internal sealed class ServerNames
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private int _unnamed;

    /// <summary>The names given; they compare without regard to case, as keys of a configuration do.</summary>
    internal IReadOnlySet<string> Names => _names;

    /// <summary>The servers of these services.</summary>
    internal static ServerNames Of(IServiceCollection services)
    {
        foreach (var service in services)
        {
            if (service.ServiceType == typeof(ServerNames))
            {
                return (ServerNames)service.ImplementationInstance!;
            }
        }

        var names = new ServerNames();
        services.AddSingleton(names);
        return names;
    }

    internal void AddUnnamed() => _unnamed++;

    /// <summary>Adds a name. Throws <see cref="ArgumentException"/> when no section can have it, or when another server has it.</summary>
    internal void Add(string name)
    {
        // "__" becomes ":" in the name of an environment variable.
        if (name.Length == 0
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            || name.Contains("__", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"A server cannot be named '{name}': a name consists of ASCII letters, digits, '-', '.' and single '_'.", nameof(name));
        }

        if (ServerConfiguration.Settings.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"A server cannot be named '{name}': {Pipeline.SettingsSection}:{name} is a setting of the server without a name.",
                nameof(name));
        }

        if (!_names.Add(name))
        {
            throw new ArgumentException(
                $"A server named '{name}' has been added already; each server of a host needs a name of its own.", nameof(name));
        }
    }

    /// <summary>
    /// Throws <see cref="ServerStartException"/> for a setting outside the sections of named servers that no server would read, or that
    /// would have several servers listen on the same port.
    /// </summary>
    internal void CheckRead(Setting setting)
    {
        if (setting.IsEmpty)
        {
            return;
        }

        // Metrics without a server (BatchMetrics) are set there as well.
        var isMetrics = setting.Name.Equals("Metrics", StringComparison.OrdinalIgnoreCase);
        if (_unnamed == 0 && !isMetrics)
        {
            var name = _names.Order(StringComparer.Ordinal).First();
            throw new ServerStartException(
                $"Cannot start: no server reads {setting.Path}, since every server of this host has a name; set " +
                $"{Pipeline.SettingsSection}:{name}:{setting.Name} instead.");
        }

        if (_unnamed > 1 && setting.Name.Equals("Prefixes", StringComparison.OrdinalIgnoreCase))
        {
            throw new ServerStartException(
                $"Cannot start: {_unnamed} servers would listen on the same {setting.Path}; name all but one of them, as in " +
                $"AddTinyHost(\"name\", …), and set {Pipeline.SettingsSection}:name:Prefixes.");
        }
    }
}

// Owns: reading a configuration strictly: values, sections, unknown names, and the sentence about whatever cannot be read.

using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>
/// A setting of a configuration, read as strictly as TinyHost reads its own. Spaces around a value are ignored. Every method throws
/// <see cref="ServerStartException"/> for what it cannot read: a sentence with the key, the value and what is expected.
/// </summary>
public sealed class Setting
{
    // About 24 days: the runtime's timers take no more.
    private const int MostSeconds = int.MaxValue / 1_000;
    private const int MostShown = 100;

    private readonly string _written;
    private readonly string _value;
    private readonly IConfigurationSection[] _children;

    /// <summary>The setting that a section of the configuration holds.</summary>
    public Setting(IConfigurationSection section)
        : this(NotNull(section).Key, section.Path, section.Value ?? "", [.. section.GetChildren()])
    {
    }

    private Setting(string name, string path, string written, IConfigurationSection[] children)
    {
        Name = name;
        Path = path;
        _written = written;
        _value = written.Trim();
        _children = children;
    }

    /// <summary>The last part of the key, such as <c>IdleTimeout</c>.</summary>
    public string Name { get; }

    /// <summary>The whole key, such as <c>TinyHost:Limits:IdleTimeout</c>.</summary>
    public string Path { get; }

    /// <summary>True if the setting has a value that is more than spaces.</summary>
    public bool HasValue => _value.Length > 0;

    /// <summary>True if the setting has neither a value nor settings below it.</summary>
    public bool IsEmpty => !HasValue && _children.Length == 0;

    /// <summary>Whether settings stand below this one.</summary>
    internal bool IsSection => _children.Length > 0;

    /// <summary>Whether the last part of the key is an index.</summary>
    internal bool IsOfArray => Name.All(char.IsAsciiDigit);

    /// <summary>
    /// A value without its surrounding spaces; empty if there is none. <paramref name="expected"/> completes "it must be …".
    /// </summary>
    public string Text(string expected) => _children.Length == 0 ? _value : throw Refused(expected);

    /// <summary>As the other, and refuses a value for which <paramref name="check"/> throws <see cref="ArgumentException"/>.</summary>
    public string Text(string expected, Action<string> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        var text = Text(expected);
        try
        {
            check(text);
            return text;
        }
        catch (ArgumentException)
        {
            throw Refused(expected);
        }
    }

    /// <summary>
    /// A whole number of decimal digits within these bounds, both included. <paramref name="what"/> names it in the sentence.
    /// </summary>
    public int Number(int least = 0, int most = int.MaxValue, string what = "a whole number") => (int)LongNumber(least, most, what);

    /// <summary>As <see cref="Number"/>, for numbers of 64 bits.</summary>
    public long LongNumber(long least = 0, long most = long.MaxValue, string what = "a whole number")
    {
        var expected = $"{what} from {least} to {most}";
        return long.TryParse(Text(expected), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
                ? number
                : throw Refused(expected);
    }

    /// <summary>
    /// A finite number such as <c>0.5</c> or <c>1e-3</c> that <paramref name="isAllowed"/> accepts. <paramref name="expected"/> completes
    /// "it must be …".
    /// </summary>
    public double Real(string expected, Predicate<double>? isAllowed = null) =>
        double.TryParse(Text(expected), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
        && isAllowed?.Invoke(number) != false
            ? number
            : throw Refused(expected);

    /// <summary><c>true</c> or <c>false</c>, in either case.</summary>
    public bool Flag()
    {
        const string expected = "'true' or 'false'";
        return bool.TryParse(Text(expected), out var flag) ? flag : throw Refused(expected);
    }

    /// <summary>
    /// A time in seconds, such as <c>0.5</c>, or as <c>hh:mm:ss</c> up to <c>23:59:59</c>; at most 2,147,483 seconds. Zero is refused
    /// unless <paramref name="orZero"/> is true.
    /// </summary>
    public TimeSpan Time(bool orZero = false)
    {
        var range = $"{(orZero ? "from 0" : "above 0")} to {MostSeconds} seconds";
        var expected = $"a time in seconds, such as 2.5, or as hh:mm:ss up to 23:59:59, {range}";
        var text = Text(expected);
        var time = IsSeconds(text, out var seconds) ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.TryParseExact(text, @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var exact) ? exact
            : throw Refused(expected);
        return time > TimeSpan.Zero || orZero ? time : throw Refused(expected);
    }

    /// <summary>
    /// The items of an array, or of one text divided by <paramref name="separator"/>, so that a single environment variable can hold them.
    /// A text overrides an array. A section whose settings have names is refused.
    /// </summary>
    public IReadOnlyList<Setting> Items(char separator)
    {
        var items = ItemsOrNamed(separator);
        return HasValue || items.FirstOrDefault(item => !item.IsOfArray) is not { } named
            ? items
            : throw new ServerStartException(
                $"Cannot start: {Path} has a setting with a name, {named.Path}; it must be an array ({Path}:0 …) or one text divided by "
                + $"'{separator}'.");
    }

    /// <summary>As <see cref="Items"/>, whose items may have names.</summary>
    internal IReadOnlyList<Setting> ItemsOrNamed(char separator) => HasValue
        ? Array.ConvertAll(_value.Split(separator), item => new Setting(Name, Path, item, []))
        : Array.ConvertAll(_children, child => new Setting(child));

    /// <summary>
    /// Reads the settings below this one into <paramref name="target"/>, each by the reader of its name. Names compare without regard to
    /// case if <paramref name="readers"/> does so. A setting without a reader is refused with the names that are known, and so is a value
    /// in place of the section.
    /// </summary>
    /// <param name="target">What the readers write to.</param>
    /// <param name="readers">A reader for each known name.</param>
    /// <param name="skipEmpty">Skips settings without a value, so that a later source of the configuration can take a value back.</param>
    /// <param name="valueName">The setting that a value in place of the section stands for; null, the default, refuses it.</param>
    public void Read<T>(T target, IReadOnlyDictionary<string, Action<Setting, T>> readers, bool skipEmpty = false, string? valueName = null)
    {
        ArgumentNullException.ThrowIfNull(readers);
        var section = this;
        if (HasValue && valueName is not null)
        {
            readers[valueName](new Setting(Name, Path, _written, []), target);
            section = new Setting(Name, Path, "", _children);
        }

        section.ReadEach(readers.Keys.First(), setting =>
        {
            if (!readers.TryGetValue(setting.Name, out var read))
            {
                var known = string.Join(", ", readers.Keys.Order(StringComparer.Ordinal));
                throw new ServerStartException($"Cannot start: unknown setting {setting.Path}. Known settings: {known}.");
            }

            if (!skipEmpty || !setting.IsEmpty)
            {
                read(setting, target);
            }
        });
    }

    /// <summary>
    /// Calls <paramref name="read"/> for each setting below this one, whatever its name. A value in place of the section is refused with
    /// <paramref name="example"/> as a name that could stand below it.
    /// </summary>
    public void ReadEach(string example, Action<Setting> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (HasValue)
        {
            throw new ServerStartException(
                $"Cannot start: {Path} is '{Shown()}'; it must be a section with settings below it, such as {Path}:{example}.");
        }

        foreach (var child in _children)
        {
            read(new Setting(child));
        }
    }

    /// <summary>The exception for a value that cannot be read. <paramref name="expected"/> completes "it must be …".</summary>
    public ServerStartException Refused(string expected) => new(_children.Length == 0
        ? $"Cannot start: {Path} is '{Shown()}'; it must be {expected}."
        : $"Cannot start: {Path} has settings below it, such as {_children[0].Path}; it must be {expected}.");

    private static IConfigurationSection NotNull(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return section;
    }

    private static bool IsSeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds)
        && seconds is >= 0 and <= MostSeconds;

    // As written, but on one line and shortened.
    private string Shown()
    {
        var shown = _written.Length > MostShown ? string.Concat(_written.AsSpan(0, MostShown), "…") : _written;
        return string.Create(shown.Length, shown, static (text, from) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        });
    }
}

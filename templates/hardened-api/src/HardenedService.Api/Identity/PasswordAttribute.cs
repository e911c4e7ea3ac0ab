using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Validation;

namespace HardenedService.Api.Identity;

/// <summary>
/// A password that someone chooses (NIST SP 800-63B, section 3.1.1): so many characters counted after normalisation, 256 at most, and no
/// rules about which ones. <see cref="PasswordPolicy"/> says the rest.
/// </summary>
/// <param name="minLength">The fewest characters. Default: those of an account without a second factor.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NewPasswordAttribute(int minLength = PasswordPolicy.MinLength) : ValidationAttribute(PasswordPolicy.TooShort(minLength)), ITextRule
{
    public int MinLength => minLength;

    public int MaxLength => Passwords.MaxLength;

    public string Format => "password";

    public override bool IsValid(object? value) =>
        value is null || (value is string password && Passwords.Length(password) is { } length && length >= MinLength && length <= MaxLength);
}

/// <summary>A password that someone enters. Only an absurd one is refused, before it costs a hash.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PasswordAttribute() : ValidationAttribute("A password has at most 256 characters."), ITextRule
{
    public int MaxLength => Passwords.MaxLength;

    public string Format => "password";

    public override bool IsValid(object? value) =>
        value is null || (value is string password && Passwords.Length(password) is { } length && length <= MaxLength);
}

"""Licence and options files of FlexNet: text to what they grant, and when. Pure."""

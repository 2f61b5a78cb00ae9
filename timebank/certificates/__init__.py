"""Certificates of service (志愿服务证明): what an organisation vouches for, and anybody can check.

Nouns: request (a volunteer asks), certificate (number, period, hours by proof grade), standing (genuine or revoked).
Law: a certificate is genuine only as long as every record that it counts stands.
"""
